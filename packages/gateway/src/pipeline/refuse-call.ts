/** Tells a caller no, in its dialect; the one place where an exception becomes an answer. */
import type { Clock } from '@keywheel/keyring'
import type { Dialect } from '../dialects/dialect.ts'
import type { EventBus } from '../domain/events.ts'
import { RefusedCall } from '../domain/failure.ts'
import type { Call } from '../http/call.ts'
import { writeAndClose, writeJson } from '../http/write-reply.ts'

interface RefusalRooms {
  readonly clock: Clock
  /** undefined: the call has a record of its own, and that is announced. */
  readonly bus: EventBus | undefined
  /** A bug: told in full to the log, and not at all to the caller. */
  readonly onBug: (error: unknown, callId: string) => void
}

export function refuseCall(
  call: Call,
  error: unknown,
  dialect: Pick<Dialect, 'writeFailure' | 'answerHeaders'>,
  rooms: RefusalRooms,
): RefusedCall {
  const refusal = error instanceof RefusedCall ? error : bug(error, call, rooms)
  const { status, body } = dialect.writeFailure(refusal, call.id)
  const headers = [...(refusal.details.headers ?? []), ...(dialect.answerHeaders?.(call.id) ?? [])]
  if (refusal.details.close === true) writeAndClose(call, status, body, ['content-type', 'application/json; charset=utf-8', ...headers])
  else writeJson(call, status, body, headers)
  rooms.bus?.emit('call.served', {
    id: call.id,
    method: call.method,
    path: call.path,
    status,
    reason: refusal.failure.reason,
    totalMs: rooms.clock.now() - call.startedAt,
  })
  return refusal
}

function bug(error: unknown, call: Call, rooms: RefusalRooms): RefusedCall {
  rooms.onBug(error, call.id)
  const message = `Something went wrong inside the gateway. The log has it under ${call.id}.`
  return new RefusedCall(
    { reason: 'upstream-broken', message, sent: 'maybe' },
    { status: 500, code: 'internal_error', type: 'server_error' },
  )
}
