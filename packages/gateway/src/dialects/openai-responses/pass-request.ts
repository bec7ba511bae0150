/**
 * A request that goes on to a provider of the same dialect. Nothing is kept there: ids of answers are this gateway's own, and
 * with several keys the next call may go to another account (docs/decisions/0011-stored-responses.md).
 */
import type { RequestChanges, Sketch } from '../dialect.ts'
import { hasMember, spliceRequest } from '../splice-request.ts'
import { ownerFields, withEffort } from './owner-fields.ts'
import { keepingOf, valueOf } from './sketch.ts'

export const encryptedReasoning = 'reasoning.encrypted_content'

/** Families of models that do not think and refuse to be asked for encrypted thinking. */
const thoughtless = /(?:^|\/)(?:gpt-3\.5|gpt-4|chatgpt)/

export function thinks(model: string): boolean {
  return !thoughtless.test(model)
}

/** The caller's own bytes where it keeps its conversation itself. */
export function passResponsesRequest(sketch: Sketch, changes: RequestChanges): Buffer {
  const { defaults, effort } = ownerFields(changes.defaults)
  const removed = hasMember(sketch, 'previous_response_id') ? [...changes.removed, 'previous_response_id'] : changes.removed
  const replaced = ownValues(sketch, changes.model, effort)
  const added = Object.entries(replaced)
    .filter(([name]) => !hasMember(sketch, name) && !removed.includes(name))
    .map(([name, text]) => `"${name}":${text}`)
  return spliceRequest(sketch, { ...changes, defaults, removed }, { added, replace: ({ key }) => replaced[key] })
}

/** Fields that get another value than the caller's, as JSON. */
function ownValues(sketch: Sketch, model: string, effort: unknown): Readonly<Record<string, string>> {
  const { isStored, previousResponseId } = keepingOf(sketch)
  const reasoning = withEffort(valueOf(sketch, 'reasoning'), effort)
  const owners = reasoning === undefined ? {} : { reasoning: JSON.stringify(reasoning) }
  if (!isStored && previousResponseId === undefined) return owners
  const include = thinks(model) ? withEncrypted(valueOf(sketch, 'include')) : undefined
  return { ...owners, store: 'false', ...(include !== undefined && { include }) }
}

/** JSON; undefined: it is asked for already. */
function withEncrypted(include: unknown): string | undefined {
  const asked: unknown[] = Array.isArray(include) ? include : []
  return asked.includes(encryptedReasoning) ? undefined : JSON.stringify([...asked, encryptedReasoning])
}
