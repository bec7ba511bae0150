/** Brings a committed answer to the caller and tells how that went: a stream when it has ended, a whole answer once it is handed over. */
import type { Failure } from '../domain/failure.ts'
import type { Dialect, Sketch } from '../dialects/dialect.ts'
import type { Call } from '../http/call.ts'
import type { FlatHeaders } from '../http/cors.ts'
import type { EventWriter } from '../http/event-writer.ts'
import { writeBody } from '../http/write-reply.ts'
import { bytesPerToken } from '../usage/estimate-usage.ts'
import type { StreamAnswer, StreamEnding, StreamSink, UpstreamAnswer } from '../upstream/answers.ts'

export interface Delivery {
  readonly call: Call
  readonly dialect: Dialect
  readonly sketch?: Sketch
  /** Opened already if the first content was long in coming. */
  readonly events: EventWriter
  readonly headers: FlatHeaders
  /** Aborted when the caller has ended the generation by another call, or the gateway is being stopped. */
  readonly ended: AbortSignal
  /** Where a stream that breaks may be gone on with. */
  readonly continuation?: Continuation | undefined
}

/** What goes on with a stream that was cut. */
interface Continuation {
  /** undefined: nothing does. */
  after(ending: StreamEnding, signal: AbortSignal): Promise<StreamAnswer | undefined> | undefined
  /** The end, with what was used before it. */
  total(ending: StreamEnding): StreamEnding
}

export interface Delivered {
  readonly ending: StreamEnding
  /** The provider's own bytes. */
  readonly passedThrough: boolean
  readonly status: number
}

const json = 'application/json; charset=utf-8'

const callerGone: Failure = { reason: 'cancelled', message: 'The caller closed the connection.', sent: 'yes' }
const stopped: Failure = { reason: 'shutting-down', message: 'The gateway is being stopped and cannot finish this answer.', sent: 'yes' }

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

function deliverStream(answer: StreamAnswer, delivery: Delivery): Promise<Delivered> {
  const { call, events, headers, ended: over, continuation } = delivery
  const { response } = call
  const leaving = new AbortController()
  let current = answer
  const isStopped = (): boolean => call.stopping.endsCalls && !response.destroyed
  const gone = (): void => {
    leaving.abort()
    current.abort(isStopped() ? stopped : undefined)
  }
  return new Promise((resolve, reject) => {
    const settle = (ending: StreamEnding): void => {
      response.off('close', gone)
      over.removeEventListener('abort', gone)
      const { failure } = ending
      if (failure === undefined) events.end()
      else endUnfinished({ ...ending, failure }, delivery)
      const status = failure?.reason === 'cancelled' ? 499 : 200
      resolve({ ending: continuation?.total(ending) ?? ending, passedThrough: current.bridge.passesThrough, status })
    }
    const sink: StreamSink = {
      write: (bytes) => events.write(bytes),
      ended: (ending) => {
        const going = continuation?.after(ending, leaving.signal)
        if (going === undefined) return settle(ending)
        going.then((next) => {
          if (next === undefined)
            return settle(leaving.signal.aborted ? { ...ending, failure: isStopped() ? stopped : callerGone } : ending)
          current = next
          if (!leaving.signal.aborted) markContinued(delivery)
          next.flowTo(sink)
          if (leaving.signal.aborted) gone()
        }, reject)
      },
    }
    response.once('close', gone)
    over.addEventListener('abort', gone)
    events.onDrain = () => current.resume()
    if (!events.isOpen && !response.destroyed) events.open(headers, answer.contentType)
    answer.flowTo(sink)
    // The caller may have left before anybody listened.
    if (response.destroyed || over.aborted) gone()
  })
}

const continued = Buffer.from(': keywheel continued this answer with another attempt\n\n')

/** A header cannot be sent any more: a comment says it, in streams that have comments. */
function markContinued({ events, dialect, sketch }: Delivery): void {
  if ((sketch?.streamType ?? dialect.streamType) === undefined) events.write(continued)
}

/** A stream that has begun and cannot be finished. One that its caller has ended by another call looks complete, for that is what was wanted. */
export function endUnfinished(
  { failure, errorEvent }: { readonly failure: Failure; readonly errorEvent?: Buffer },
  { call, events, dialect, sketch }: Pick<Delivery, 'call' | 'events' | 'dialect' | 'sketch'>,
): void {
  if (failure.reason !== 'cancelled') return events.breakOff(errorEvent ?? dialect.writeStreamFailure(failure, sketch))
  if (call.response.destroyed) return events.abandon()
  if (dialect.terminator.length > 0) events.write(dialect.terminator)
  events.end()
}
