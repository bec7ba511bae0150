/** What is known of a Bedrock model by its name; each family has its own fields beside those of Converse. */
import { traitsOf } from '../anthropic-messages/traits.ts'
import type { Traits } from '../anthropic-messages/traits.ts'

export interface Family {
  readonly is: 'claude' | 'nova' | 'gpt-oss' | 'mistral' | 'cohere' | 'other'
  /** `4.6` for Claude Opus 4.6; 0 where the name does not tell. */
  readonly version: number
  /** Of Claude: the same wherever it is asked. */
  readonly traits?: Traits
}

const patterns: readonly (readonly [RegExp, Family['is']])[] = [
  [/claude-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/, 'claude'],
  [/claude/, 'claude'],
  [/nova-(\d)(?:[-.](\d{1,2}))?-[a-z]/, 'nova'],
  [/nova-/, 'nova'],
  [/gpt-oss/, 'gpt-oss'],
  [/mistral\./, 'mistral'],
  [/cohere\./, 'cohere'],
]

/** From `us.anthropic.claude-opus-4-6-v1` or the ARN of an inference profile; an application's own profile hides its model. */
export function familyOf(model: string): Family {
  for (const [pattern, is] of patterns) {
    const found = pattern.exec(model)
    if (found === null) continue
    const version = Number(`${found[1] ?? 0}.${found[2] ?? 0}`)
    return is === 'claude' ? { is, version, traits: traitsOf(model) } : { is, version }
  }
  return { is: 'other', version: 0 }
}

export function isClaude(family: Family, from: number): boolean {
  return family.is === 'claude' && family.version >= from
}

/** Can be held to a schema by `outputConfig`; others answer that with a 400 (AWS's guide on structured outputs, 2026-11). */
export function holdsToSchema(model: string): boolean {
  return /claude-(?:opus-4-[56]|sonnet-4-5|haiku-4-5)(?!\d)/.test(model)
}

/** Knows cache points. */
export function caches({ is }: Family): boolean {
  return is === 'claude' || is === 'nova'
}
