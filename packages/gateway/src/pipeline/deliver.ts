/** Brings a committed answer to the caller and tells how that went: a stream when it has ended, a whole answer once it is handed over. */
import type { Failure } from '../domain/failure.ts'
import type { Dialect, Sketch } from '../dialects/dialect.ts'
import type { Call } from '../http/call.ts'
import type { FlatHeaders } from '../http/cors.ts'
import type { EventWriter } from '../http/event-writer.ts'
import { writeBody } from '../http/write-reply.ts'
import { bytesPerToken } from '../usage/estimate-usage.ts'
import type { StreamAnswer, StreamEnding, UpstreamAnswer } from '../upstream/answers.ts'

export interface Delivery {
  readonly call: Call
  readonly dialect: Dialect
  /** Opened already if the first content was long in coming. */
  readonly events: EventWriter
  readonly headers: FlatHeaders
  /** Aborted when the caller has ended the generation by another call. */
  readonly ended: AbortSignal
}

export interface Delivered {
  readonly ending: StreamEnding
  /** The provider's own bytes. */
  readonly passedThrough: boolean
  readonly status: number
}

const json = 'application/json; charset=utf-8'

const callerGone: Failure = { reason: 'cancelled', message: 'The caller closed the connection.', sent: 'yes' }

export function deliver(answer: UpstreamAnswer, delivery: Delivery): Promise<Delivered> | Delivered {
  if (answer.kind === 'stream') return deliverStream(answer, delivery)
  const { call, headers } = delivery
  const gone = call.response.destroyed
  writeBody(call, 200, answer.body, ['content-type', answer.contentType ?? json, ...headers])
  const ending = { usage: answer.usage, roughOutputTokens: Math.ceil(answer.body.length / bytesPerToken) }
  const passedThrough = answer.bridge.passesThrough
  if (gone) return { ending: { ...ending, failure: callerGone }, passedThrough, status: 499 }
  return { ending: { ...ending, terminator: 'seen' }, passedThrough, status: 200 }
}

function deliverStream(answer: StreamAnswer, { call, dialect, events, headers, ended: over }: Delivery): Promise<Delivered> {
  const { response } = call
  return new Promise((resolve) => {
    const gone = (): void => answer.abort()
    response.once('close', gone)
    over.addEventListener('abort', gone)
    events.onDrain = () => answer.resume()
    if (!events.isOpen && !response.destroyed) events.open(headers, answer.contentType)
    answer.flowTo({
      write: (bytes) => events.write(bytes),
      ended: (ending) => {
        response.off('close', gone)
        over.removeEventListener('abort', gone)
        if (ending.failure === undefined) events.end()
        else endUnfinished({ ...ending, failure: ending.failure }, { call, events, dialect })
        resolve({ ending, passedThrough: answer.bridge.passesThrough, status: ending.failure?.reason === 'cancelled' ? 499 : 200 })
      },
    })
    // The caller may have left before anybody listened.
    if (response.destroyed || over.aborted) answer.abort()
  })
}

/** A stream that has begun and cannot be finished. One that its caller has ended by another call looks complete, for that is what was wanted. */
export function endUnfinished(
  { failure, errorEvent }: { readonly failure: Failure; readonly errorEvent?: Buffer },
  { call, events, dialect, sketch }: Pick<Delivery, 'call' | 'events' | 'dialect'> & { readonly sketch?: Sketch },
): void {
  if (failure.reason !== 'cancelled') return events.breakOff(errorEvent ?? dialect.writeStreamFailure(failure, sketch))
  if (call.response.destroyed) return events.abandon()
  if (dialect.terminator.length > 0) events.write(dialect.terminator)
  events.end()
}
