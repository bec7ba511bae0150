/** The way to the simulated providers: an undici dispatcher without any socket, moved by the virtual clock alone. */
import { Dispatcher } from 'undici'
import type { Clock, Timer } from '@keywheel/keyring'
import type { ConnectionWays } from '../../src/upstream/connections.ts'
import { deeds, unsentDeeds } from './deeds.ts'
import type { Step } from './deeds.ts'
import type { RequestSeen } from './history.ts'

/** A request that has arrived at its provider, and what the provider will do. */
export interface Asked {
  readonly steps: readonly Step[]
  /** undefined: the provider never saw it. */
  readonly seen: RequestSeen | undefined
}

/** What the transport reports to. */
export interface Providers {
  /** Called when the connection stands; gives what the provider does with the request. */
  ask(origin: string, options: Dispatcher.DispatchOptions, isFresh: boolean): Asked
  /** Something went on between the gateway and a provider. */
  note(seen: RequestSeen, what: string): void
}

const connectMs = 1

export function waysTo(providers: Providers, clock: Clock): ConnectionWays {
  return {
    pool: (origin) => new SimulatedDispatcher({ origin, providers, clock, isFresh: false }),
    client: (origin) => new SimulatedDispatcher({ origin, providers, clock, isFresh: true }),
  }
}

interface Line {
  readonly origin: string
  readonly providers: Providers
  readonly clock: Clock
  readonly isFresh: boolean
}

class SimulatedDispatcher extends Dispatcher {
  readonly #line: Line

  constructor(line: Line) {
    super()
    this.#line = line
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const exchange = new SimulatedExchange(this.#line, handler)
    this.#line.clock.after(connectMs, () => exchange.connected(options))
    return true
  }

  override async close(): Promise<void> {}

  override async destroy(): Promise<void> {}
}

class SimulatedExchange implements Dispatcher.DispatchController {
  readonly #line: Line
  readonly #handler: Dispatcher.DispatchHandler
  #steps: readonly Step[] = []
  #seen: RequestSeen | undefined
  #next = 0
  #timer: Timer | undefined
  /** A step that is due while nobody reads. */
  #held: Step | undefined
  #isOver = false
  #hasHead = false
  aborted = false
  paused = false
  reason: Error | null = null

  constructor(line: Line, handler: Dispatcher.DispatchHandler) {
    this.#line = line
    this.#handler = handler
  }

  connected(options: Dispatcher.DispatchOptions): void {
    const { origin, providers, isFresh } = this.#line
    const { steps, seen } = providers.ask(origin, options, isFresh)
    const [first] = steps
    if (seen === undefined && first?.is === 'broken' && first.code === 'ECONNREFUSED') return this.#break(first.code)
    this.#handler.onRequestStart?.(this, {})
    if (this.aborted) return
    this.#steps = steps
    this.#seen = seen
    this.#handler.onRequestSent?.()
    if (seen !== undefined) providers.note(seen, 'asked')
    this.#play()
  }

  abort(reason: Error): void {
    if (this.aborted || this.#isOver) return
    this.aborted = true
    this.reason = reason
    this.#timer?.cancel()
    this.#end('aborted')
    this.#handler.onResponseError?.(this, reason)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#timer = this.#line.clock.after(0, () => this.#do(held))
  }

  #play(): void {
    const step = this.#steps[this.#next]
    if (step === undefined || this.#isOver) return
    this.#next += 1
    this.#timer = this.#line.clock.after(step.afterMs, () => this.#do(step))
  }

  #do(step: Step): void {
    if (this.#isOver) return
    if (this.paused) {
      this.#held = step
      return
    }
    this.#give(step)
    this.#play()
  }

  #give(step: Step): void {
    switch (step.is) {
      case 'head':
        this.#hasHead = true
        if (step.status >= 400) this.#judge('refused')
        this.#handler.onResponseStart?.(this, step.status, step.headers)
        return
      case 'data':
        if (step.completes) this.#judge('complete')
        this.#handler.onResponseData?.(this, step.bytes)
        return
      case 'end':
        this.#end('ended')
        this.#handler.onResponseEnd?.(this, {})
        return
      case 'broken':
        this.#break(step.code)
    }
  }

  #judge(outcome: RequestSeen['outcome']): void {
    if (this.#seen !== undefined) this.#seen.outcome = outcome
  }

  #break(code: string): void {
    if (this.#isOver) return
    this.#end('broken')
    const error = Object.assign(new Error(code), { code })
    // Of a connection that had carried an answer before.
    if (this.#seen === undefined && code === 'ECONNRESET') Object.assign(error, { socket: { bytesRead: 1000 } })
    this.#handler.onResponseError?.(this, error)
  }

  #end(how: string): void {
    this.#isOver = true
    const seen = this.#seen
    if (seen === undefined) return
    seen.endedAt = this.#line.clock.now()
    if (seen.outcome === 'open') seen.outcome = this.#hasHead ? 'partial' : 'unanswered'
    this.#line.providers.note(seen, how)
  }
}

/** Whether a provider ever sees a request that this happens to. */
export function isSeen(deed: string): boolean {
  return !unsentDeeds.has(deed)
}

/** All steps of a deed. */
export function stepsOf(deed: string, scene: Parameters<(typeof deeds)[string]>[0]): readonly Step[] {
  const play = deeds[deed]
  if (play === undefined) throw new Error(`no provider can do this: ${deed}`)
  return play(scene)
}

/** How long they take if nobody hinders them. */
export function neededMs(steps: readonly Step[]): number {
  return steps.reduce((sum, { afterMs }) => sum + afterMs, connectMs)
}
