/**
 * One request to one provider and what comes back, from the first byte to the last.
 * Hot path: an undici handler object, no closure and no promise per chunk; timers look at a time stamp instead of being
 * reset. Measured by bench W1 and W3. It is over 300 lines because the states of one socket belong together.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock, LimitReading, Outcome, Timer } from '@keywheel/keyring'
import type { Dispatcher } from 'undici'
import type { Bridge } from '../dialects/bridge.ts'
import type { ErrorAnswer, StreamTap } from '../dialects/dialect.ts'
import type { Failure } from '../domain/failure.ts'
import type { LimitHeaders } from '../domain/limit-headers.ts'
import { readLimits } from '../domain/read-limits.ts'
import { everyLimitHeader } from '../providers/limit-headers.ts'
import { badAnswer, cutAnswer, emptyStream, farewell, lostPatience, redirected, tooLong, truncated } from './answer-failures.ts'
import { answerForm } from './answer-form.ts'
import { completeEnding, failedEnding, joined } from './answers.ts'
import type { StreamAnswer, StreamSink, UpstreamAnswer } from './answers.ts'
import { BytesTap } from './bytes-tap.ts'
import { openDecoder } from './decode.ts'
import type { Decoder } from './decode.ts'
import { connectionFailure, isStaleSocket, networkFailure } from './network-failure.ts'
import type { SlowLimit } from './pace.ts'
import { Patience } from './patience.ts'

export interface ExchangeAsk {
  readonly bridge: Bridge
  /** Present: the caller wants a stream. */
  readonly tap: StreamTap | undefined
  readonly firstByteTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly streamLifeMs: number
  /** A stream that brings less is given up; absent: none is. */
  readonly slowest?: SlowLimit | undefined
  /** What the provider tells of its limits; absent: nothing is known of that. */
  readonly limitHeaders?: readonly LimitHeaders[] | undefined
  readonly clock: Clock
  /** Told once: the answer has begun, or why it never will. */
  readonly decided: (outcome: Outcome<UpstreamAnswer>, notes: ExchangeNotes) => void
}

export interface ExchangeNotes {
  /** A kept-alive socket died under the request; a repeat on a fresh one is due. */
  readonly stale: boolean
}

/** A whole answer larger than this, decoded, is refused. */
const mostWholeBytes = 64 * 1024 * 1024
/** An error's explanation is read up to this. */
const mostErrorBytes = 64 * 1024
/** After the terminator the provider gets this long to end its answer, so that the socket can be used again. */
const farewellMs = 1000

/**
 * `asking`: nothing has come. `refusing`: the body of an error is coming. `gathering`: a whole answer is coming.
 * `opening`: a stream without content so far. `flowing`: committed. `ending`: the terminator was seen. `over`.
 */
type State = 'asking' | 'refusing' | 'gathering' | 'opening' | 'flowing' | 'ending' | 'over'

const noNotes: ExchangeNotes = { stale: false }
const none: readonly LimitHeaders[] = []
const sent = 'yes'

export class Exchange implements Dispatcher.DispatchHandler, StreamAnswer {
  readonly kind = 'stream'
  readonly bridge: Bridge
  readonly #ask: ExchangeAsk
  /** Decided by the request, and by the answer's head where that says more. */
  #tap: StreamTap | undefined
  contentType: string | undefined
  /** What the answer's head told of the key's limits. */
  readings: readonly LimitReading[] | undefined
  readonly #startedAt: number
  #state: State = 'asking'
  #controller: Dispatcher.DispatchController | undefined
  #stopped: Failure | undefined
  #bodySent = false
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #decoder: Decoder | undefined
  /** A whole answer, an error's body, or a stream's events before somebody takes them. */
  #parts: Buffer[] = []
  #size = 0
  #sink: StreamSink | undefined
  #pendingEnd: Failure | 'complete' | undefined
  #firstByteMs = 0
  firstContentMs = 0
  #paused = false
  readonly #patience: Patience
  #farewellTimer: Timer | undefined
  #lifeTimer: Timer | undefined

  constructor(ask: ExchangeAsk) {
    this.#ask = ask
    this.#tap = ask.tap
    this.bridge = ask.bridge
    this.#startedAt = ask.clock.now()
    this.#patience = new Patience(ask, this.#losePatience)
  }

  // What undici tells.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#state === 'over') controller.abort(new Error('the call is over'))
  }

  onRequestSent(): void {
    this.#bodySent = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#state !== 'asking') return
    this.#status = status
    this.#headers = headers
    this.#firstByteMs = this.#ask.clock.now() - this.#startedAt
    this.readings = readLimits(headers, this.#ask.limitHeaders ?? none, this.#ask.clock.wallNow())
    if (status >= 300 && status < 400) return this.#fail(redirected(status))
    const decoder = openDecoder(headers['content-encoding'], {
      data: (chunk) => this.#read(chunk),
      end: () => this.#readEnd(),
      failed: () => this.#fail(badAnswer('The compressed answer is cut off, corrupt, or far larger than it pretends.')),
    })
    if (decoder === undefined) return this.#fail(badAnswer('The answer is compressed in a way that was not asked for.'))
    if (decoder !== 'none') this.#decoder = decoder
    this.#begin(status)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#decoder === undefined) this.#read(chunk)
    else this.#decoder.write(chunk)
  }

  onResponseEnd(): void {
    if (this.#decoder === undefined) this.#readEnd()
    else this.#decoder.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#state === 'over') return
    // A refusal whose explanation breaks off is that refusal all the same.
    if (this.#state === 'ending' || this.#state === 'refusing') return this.#readEnd()
    // Ours, for a reason that is known: the broken connection is what follows from it.
    if (this.#stopped !== undefined) return this.#settle(this.#stopped, noNotes)
    const failure = this.#controller === undefined ? connectionFailure(error) : networkFailure(error, this.#bodySent)
    if (this.#state === 'asking') this.#settle(failure, isStaleSocket(error) ? { stale: true } : noNotes)
    else this.#settle(cutAnswer(failure), noNotes)
  }

  // What the caller's side tells.

  /** The caller has gone or the deadline has passed, unless it is told why. */
  abort(why?: Failure): void {
    this.#fail(why ?? { reason: 'cancelled', message: 'The caller closed the connection.', sent: this.#bodySent ? sent : 'maybe' })
  }

  flowTo(sink: StreamSink): void {
    this.#sink = sink
    const early = this.#parts
    this.#parts = []
    let open = true
    for (const bytes of early) open = sink.write(bytes) && open
    if (this.#pendingEnd !== undefined) this.#tellEnd(this.#pendingEnd)
    else if (open) this.resume()
  }

  resume(): void {
    if (!this.#paused || this.#sink === undefined) return
    this.#paused = false
    this.#patience.resume()
    this.#controller?.resume()
  }

  // How an answer goes.

  #begin(status: number): void {
    if (status >= 400) {
      this.#state = 'refusing'
      this.#patience.sign()
      return
    }
    const form = answerForm(this.#typeInLowerCase(), this.#ask)
    if (typeof form !== 'string') return this.#fail(form)
    if (form === 'bytes') this.#passBytes()
    this.#state = form === 'whole' ? 'gathering' : 'opening'
    if (this.#state === 'gathering') this.#patience.sign()
  }

  #passBytes(): void {
    this.#tap = new BytesTap()
    this.contentType = this.#headers['content-type'] ?? 'application/octet-stream'
  }

  #read(chunk: Buffer): void {
    switch (this.#state) {
      case 'opening':
      case 'flowing':
        this.#readEvents(this.#tap, chunk)
        return
      case 'gathering':
        this.#gather(chunk, mostWholeBytes)
        return
      case 'refusing':
        this.#gather(chunk, mostErrorBytes)
        return
      case 'asking':
      case 'ending':
      case 'over':
    }
  }

  #gather(chunk: Buffer, most: number): void {
    this.#patience.touch()
    this.#size += chunk.length
    if (this.#size <= most) this.#parts.push(chunk)
    else if (this.#state === 'refusing') this.#readEnd()
    else this.#fail(badAnswer(`The answer is larger than ${most} bytes.`))
  }

  #readEvents(tap: StreamTap | undefined, chunk: Buffer): void {
    if (tap === undefined) return
    const out = tap.take(chunk)
    this.#patience.hear(tap, out?.length ?? 0)
    if (out !== undefined) this.#give(out)
    if (this.#state === 'opening' && tap.hasContent) this.#commit()
    if (tap.failure !== undefined) this.#fail(tap.failure)
    else if (tap.ended === 'done') this.#sayDone()
  }

  #readEnd(): void {
    switch (this.#state) {
      case 'refusing':
        this.#settle(this.#ask.bridge.readFailure(this.#errorAnswer()), noNotes)
        return
      case 'gathering':
        this.#judgeWhole()
        return
      case 'opening':
      case 'flowing':
        this.#endStream(this.#tap)
        return
      case 'ending':
        this.#finish()
        return
      case 'asking':
      case 'over':
    }
  }

  #judgeWhole(): void {
    const { bridge } = this.#ask
    const read = bridge.readWhole(joined(this.#parts), this.#typeInLowerCase())
    if (read.failure !== undefined) return this.#settle(read.failure, noNotes)
    if (this.#tap !== undefined && bridge.formOf === undefined)
      return this.#settle(badAnswer('The provider sent a whole answer where a stream was asked for.'), noNotes)
    this.#finish()
    const { body, usage } = read
    const contentType = bridge.passesThrough ? this.#headers['content-type'] : undefined
    this.#ask.decided(
      { kind: 'committed', answer: { kind: 'whole', body, usage, contentType, bridge, firstByteMs: this.#firstByteMs } },
      noNotes,
    )
  }

  #endStream(tap: StreamTap | undefined): void {
    if (tap === undefined) return
    const last = tap.end()
    if (last !== undefined) this.#give(last)
    if (this.#state === 'opening' && tap.hasContent) this.#commit()
    if (tap.failure !== undefined) return this.#settle(tap.failure, noNotes)
    if (tap.ended === 'no' && tap.hasContent) return this.#settle(truncated, noNotes)
    if (!tap.hasContent) return this.#settle(emptyStream, noNotes)
    if (tap.ended === 'finish') this.#give(this.#ask.bridge.terminator)
    this.#finish()
    this.#tellEnd('complete')
  }

  /** The terminator was seen: the caller has its answer, whatever the provider does with its socket. */
  #sayDone(): void {
    if (!(this.#tap?.hasContent ?? false)) return this.#fail(emptyStream)
    this.#state = 'ending'
    this.#patience.end()
    this.#farewellTimer = this.#ask.clock.after(this.#tap?.isCut === true ? 0 : farewellMs, () => this.#stop(farewell))
    // What is still to come is only the end of the answer; it frees the socket for the next call.
    if (this.#paused) this.#controller?.resume()
    this.#tellEnd('complete')
  }

  #commit(): void {
    const { clock } = this.#ask
    this.#state = 'flowing'
    this.firstContentMs = clock.now() - this.#startedAt
    this.#lifeTimer = clock.after(this.#ask.streamLifeMs, () => this.#fail(tooLong))
    this.#pause()
    this.#ask.decided({ kind: 'committed', answer: this }, noNotes)
  }

  #give(bytes: Buffer): void {
    // Some dialects have no terminator of their own.
    if (bytes.length === 0) return
    if (this.#sink === undefined) this.#parts.push(bytes)
    else if (!this.#sink.write(bytes)) this.#pause()
  }

  #pause(): void {
    this.#paused = true
    this.#patience.pause()
    this.#controller?.pause()
  }

  #typeInLowerCase(): string {
    return (this.#headers['content-type'] ?? '').toLowerCase()
  }

  #errorAnswer(): ErrorAnswer {
    const { clock, limitHeaders = everyLimitHeader } = this.#ask
    return { status: this.#status, headers: this.#headers, body: joined(this.#parts), wallNow: clock.wallNow(), limitHeaders }
  }

  // How it ends.

  /** Ends for a reason of ours: the socket cannot be used again. */
  #fail(failure: Failure): void {
    if (this.#state === 'over') return
    this.#stop(failure)
    if (this.#state === 'ending') this.#finish()
    else this.#settle(failure, noNotes)
  }

  #stop(failure: Failure): void {
    this.#stopped = failure
    this.#decoder?.destroy()
    this.#controller?.abort(new Error(failure.message))
    if (this.#state === 'ending') this.#finish()
  }

  /** The one place where an exchange ends with a failure: before the commit it decides the attempt, after it the stream. */
  #settle(failure: Failure, notes: ExchangeNotes): void {
    if (this.#state === 'over') return
    const committed = this.#state === 'flowing'
    // An error's body that goes on for ever is not read on.
    if (this.#state === 'refusing' && this.#size > mostErrorBytes) this.#controller?.abort(new Error('error body too long'))
    this.#finish()
    if (committed) this.#tellEnd(failure)
    else this.#ask.decided({ kind: 'failed', failure }, notes)
  }

  #tellEnd(end: Failure | 'complete'): void {
    const tap = this.#tap
    if (this.#sink === undefined) {
      this.#pendingEnd = end
      return
    }
    this.#sink.ended({
      ...(end === 'complete' ? completeEnding(tap) : failedEnding(end, tap)),
      usage: tap?.usage,
      roughOutputTokens: tap?.contentEvents ?? 0,
    })
  }

  #finish(): void {
    this.#state = 'over'
    this.#patience.end()
    this.#farewellTimer?.cancel()
    this.#lifeTimer?.cancel()
  }

  #losePatience = (why: 'quiet' | 'slow', patienceMs: number): void => {
    this.#fail(lostPatience(why, patienceMs, { isFlowing: this.#state === 'flowing', bodySent: this.#bodySent }))
  }
}
