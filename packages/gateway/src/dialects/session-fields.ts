/** Request fields that name a session: the gateway's own, known to hardly any provider, and refused by those that refuse what they do not know. */
import type { Sketch } from './dialect.ts'

/** In the order in which they are believed. */
export const sessionFields: readonly string[] = [
  'session_id',
  'sessionId',
  'conversation_id',
  'conversationId',
  'thread_id',
  'threadId',
  'chat_id',
  'chatId',
]

const names: ReadonlySet<string> = new Set(sessionFields)
const nothing: readonly string[] = []

/** Those that the request has and the provider does not know; nearly always none. */
export function sessionFieldsIn({ members }: Pick<Sketch, 'members'>, known: readonly string[] = nothing): readonly string[] {
  if (!members.some(({ key }) => names.has(key))) return nothing
  return members.map(({ key }) => key).filter((key) => names.has(key) && !known.includes(key))
}
