/** The providers that are played, by name: how they count, what they tell, and what goes wrong besides. */
import type { LimitKind } from './hidden-limit.ts'

/** What a refusal and an answer tell of the limits. */
export type Telling =
  /** `Retry-After` on a refusal, exact to the second. */
  | 'hint'
  /** That, and exact rate-limit headers on each answer. */
  | 'headers'
  /** Nothing but the status. */
  | 'nothing'

export interface Variant {
  readonly counts: LimitKind
  readonly tells: Telling
  /** Keys are revoked, and others overloaded for a while. */
  readonly hasTrouble: boolean
}

const kinds: readonly LimitKind[] = ['sliding', 'fixed', 'bucket']
const tellings: readonly (readonly [string, Telling])[] = [
  ['hidden', 'hint'],
  ['told', 'headers'],
  ['mute', 'nothing'],
]

/** `hidden-sliding`, `told-fixed`, `mute-bucket` and so on. */
export const variants: ReadonlyMap<string, Variant> = new Map<string, Variant>([
  ...tellings.flatMap(([name, tells]) =>
    kinds.map((counts): [string, Variant] => [`${name}-${counts}`, { counts, tells, hasTrouble: false }]),
  ),
  ['troubled', { counts: 'sliding', tells: 'hint', hasTrouble: true }],
])
