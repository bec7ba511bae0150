/** Brings together what different books say of the same call, key or provider. */
import type { AttemptRecord } from '../../src/domain/usage.ts'
import type { CallSeen, History, LineSeen, RowSeen } from './history.ts'

export function rowsByCall({ calls, rows }: History): ReadonlyMap<CallSeen, RowSeen> {
  const byId = new Map(rows.map((each) => [each.row.id, each]))
  const found = new Map<CallSeen, RowSeen>()
  for (const call of calls) {
    const row = byId.get(call.requestId ?? '')
    if (row !== undefined) found.set(call, row)
  }
  return found
}

/** The attempts as the row tells them. */
export function attemptsIn({ row }: RowSeen): readonly AttemptRecord[] {
  const attempts: AttemptRecord[] = JSON.parse(row.attempts)
  return attempts
}

interface Resting {
  readonly provider: string
  /** undefined: any key, or the target as a whole. */
  readonly keyId?: string
  readonly at: number
  readonly life: number
}

/** Whether a key, or its target, had been announced to rest, and not to be back, at that moment. */
export function wasResting({ lines }: History, asked: Resting): boolean {
  const until = new Map<unknown, number>()
  for (const { at, fields } of lines.filter((line) => isAbout(line, asked))) {
    const { event, keyId } = fields
    if (rests.has(event)) until.set(keyId, at + Number(fields['forMs']))
    if (returns.has(event)) until.delete(keyId)
  }
  return [...until.values()].some((end) => asked.at < end - roundingMs)
}

/** Rows tell times to a hundredth of a millisecond, and a key is tried in the moment in which its rest ends. */
export const roundingMs: number = 0.02

const rests: ReadonlySet<unknown> = new Set(['key.rested', 'key.dead', 'target.rested'])
const returns: ReadonlySet<unknown> = new Set(['key.returned', 'target.returned'])

function isAbout({ at, life, fields }: LineSeen, asked: Resting): boolean {
  if (at > asked.at || life !== asked.life || fields['provider'] !== asked.provider) return false
  const { keyId } = fields
  return keyId === undefined || asked.keyId === undefined || keyId === asked.keyId
}
