/** A kept answer by its id, for the paths that begin with one. */
import type { KeptResponse } from '../conversations/response-store.ts'
import { refuse } from '../domain/failure.ts'
import type { RefusedCall } from '../domain/failure.ts'
import type { Call } from '../http/call.ts'
import type { OwnRooms } from './endpoint.ts'

/** @throws RefusedCall 404: there is none, or it is another caller's. */
export async function keptResponse(call: Call, { responses, callerOf }: OwnRooms, id: string): Promise<KeptResponse> {
  const kept = await responses?.get(callerOf(call), id)
  if (kept === undefined) throw notKept(id)
  return kept
}

/** As OpenAI tells of an answer that it does not know. */
export function notKept(id: string): RefusedCall {
  return refuse('bad-request', `Response with id '${id}' not found.`, { status: 404, param: 'response_id' })
}
