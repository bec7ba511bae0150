/** One call to one target with one key. Never tries another: that is the keyring's to decide. */
import type { AttemptAsk, Clock, Outcome } from '@keywheel/keyring'
import type { Dispatcher } from 'undici'
import { authorize } from '../credentials/authorize.ts'
import { dialects } from '../dialects/list.ts'
import type { RequestChanges, Sketch } from '../dialects/dialect.ts'
import type { Operation } from '../domain/operation.ts'
import type { Secret } from '../domain/secret.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import type { KnownModel, Provider, Speech } from '../providers/provider.ts'
import type { UpstreamAnswer } from './answers.ts'
import type { Connections } from './connections.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeNotes } from './exchange.ts'

/** What an attempt needs to know of a target; the router's targets hold more. */
interface AttemptTarget {
  readonly pool: string
  readonly model: string
  readonly provider: Provider
  readonly known?: KnownModel
  readonly options?: Readonly<Record<string, unknown>>
  readonly rejects: readonly string[]
  readonly timeouts: Timeouts
}

export interface AttemptRooms {
  readonly connections: Connections
  readonly clock: Clock
  readonly userAgent: string
}

/** The call that targets are tried for. */
export interface AttemptCall {
  readonly operation: Operation
  readonly sketch: Sketch
  /** The target's own limit, where it is smaller than what the caller asked for. */
  readonly maxTokensFor: (target: AttemptTarget) => number | undefined
  /** Told of a repeat on a fresh connection, by the attempt's number. */
  readonly onStaleSocket: (attempt: number) => void
}

type Ask = AttemptAsk<AttemptTarget, Secret | undefined>

export class Attempts {
  readonly #rooms: AttemptRooms
  readonly #places = new WeakMap<Provider, Map<Operation, Place>>()

  constructor(rooms: AttemptRooms) {
    this.#rooms = rooms
  }

  /** Settles when the provider has committed to an answer, or has failed; never rejects for a failure. */
  attempt(call: AttemptCall, ask: Ask): Promise<Outcome<UpstreamAnswer>> {
    const place = this.#placeOf(ask.target.provider, call.operation)
    if (place === undefined) return Promise.resolve(notSpoken(ask.target))
    const request = this.#requestFor(call, ask, place)
    return new Promise((resolve) => {
      const again = (outcome: Outcome<UpstreamAnswer>, notes: ExchangeNotes): void => {
        if (!notes.stale || ask.signal.aborted) return resolve(outcome)
        // A kept-alive socket died under the request. One repeat on a socket of its own decides, at once (RFC 9112 9.3.1).
        call.onStaleSocket(ask.number)
        const client = this.#rooms.connections.fresh(place.origin, ask.target.timeouts.connectMs)
        this.#exchange(client, request, (repeated) => {
          resolve(repeated)
          void client.close()
        })
      }
      this.#exchange(this.#poolOf(place, ask.target.timeouts.connectMs), request, again)
    })
  }

  #exchange(dispatcher: Dispatcher, request: Request, decided: (outcome: Outcome<UpstreamAnswer>, notes: ExchangeNotes) => void): void {
    const { call, ask } = request
    const { timeouts, known } = ask.target
    const dialect = dialects[request.speech.dialect]
    const streams = call.sketch.stream
    const firstContentMs = known?.reasoning === true ? timeouts.reasoningFirstByteMs : timeouts.firstByteMs
    const exchange = new Exchange({
      dialect,
      tap: streams ? dialect.openTap?.(call.sketch) : undefined,
      firstByteTimeoutMs: streams ? firstContentMs : timeouts.wholeFirstByteMs,
      idleTimeoutMs: timeouts.idleMs,
      streamLifeMs: timeouts.streamLifeMs,
      clock: this.#rooms.clock,
      decided: (outcome, notes) => {
        ask.signal.removeEventListener('abort', onAbort)
        decided(outcome, notes)
      },
    })
    const onAbort = (): void => exchange.abort()
    ask.signal.addEventListener('abort', onAbort)
    dispatcher.dispatch({ method: 'POST', path: request.path, headers: request.headers, body: request.body }, exchange)
  }

  #requestFor(call: AttemptCall, ask: Ask, place: Place): Request {
    const { target, key } = ask
    const dialect = dialects[place.speech.dialect]
    const body = dialect.writeRequest(call.sketch, changesFor(call, target, place.speech))
    const header = authorize(target.provider.auth, key.credential)
    const headers = ['content-type', 'application/json', 'accept', call.sketch.stream ? 'text/event-stream' : 'application/json']
    // A compressed stream cannot be cut into events, and a truncated one looks complete.
    headers.push('accept-encoding', 'identity', 'user-agent', this.#rooms.userAgent)
    if (header !== undefined) headers.push(header[0], header[1])
    return { call, ask, speech: place.speech, path: place.path, headers, body }
  }

  /** Remembered with the place: its name need not be put together for each attempt. */
  #poolOf(place: Place, connectTimeoutMs: number): Dispatcher {
    const known = place.pools.get(connectTimeoutMs)
    if (known !== undefined) return known
    const pool = this.#rooms.connections.pool(place.origin, connectTimeoutMs)
    place.pools.set(connectTimeoutMs, pool)
    return pool
  }

  #placeOf(provider: Provider, operation: Operation): Place | undefined {
    let places = this.#places.get(provider)
    if (places === undefined) this.#places.set(provider, (places = new Map()))
    const known = places.get(operation)
    if (known !== undefined) return known
    const speech = provider.speaks[operation]
    if (speech === undefined) return undefined
    const url = new URL(provider.baseUrl + speech.path)
    const place: Place = { origin: url.origin, path: url.pathname + url.search, speech, pools: new Map() }
    places.set(operation, place)
    return place
  }
}

interface Place {
  readonly origin: string
  readonly path: string
  readonly speech: Speech
  /** By connect timeout in milliseconds. */
  readonly pools: Map<number, Dispatcher>
}

interface Request {
  readonly call: AttemptCall
  readonly ask: Ask
  readonly speech: Speech
  readonly path: string
  /** Names and values in turn, as undici takes them without copying. */
  readonly headers: string[]
  readonly body: Buffer
}

const nothing: Readonly<Record<string, never>> = {}

function changesFor(call: AttemptCall, target: AttemptTarget, speech: Speech): RequestChanges {
  const maxTokens = call.maxTokensFor(target)
  return {
    model: target.model,
    ...(maxTokens !== undefined && { maxTokens }),
    removed: target.rejects,
    renamed: speech.renames ?? nothing,
    defaults: target.options ?? nothing,
  }
}

function notSpoken(target: AttemptTarget): Outcome<UpstreamAnswer> {
  return {
    kind: 'failed',
    failure: { reason: 'unsupported', message: `${target.provider.title} does not offer this operation.`, sent: 'no' },
  }
}
