/** One call to one target with one key. Never tries another: that is the keyring's to decide. */
import type { AttemptAsk, Clock, LimitReading, Outcome } from '@keywheel/keyring'
import type { Dispatcher } from 'undici'
import { authorize } from '../credentials/authorize.ts'
import { signRequest } from '../credentials/sign.ts'
import { bridge, passesThrough } from '../dialects/bridge.ts'
import type { Bridge, BridgeTarget, BridgedCall } from '../dialects/bridge.ts'
import type { CanonicalRequest } from '../dialects/canonical/request.ts'
import type { Sketch } from '../dialects/dialect.ts'
import { sessionFieldsIn } from '../dialects/session-fields.ts'
import { RefusedCall } from '../domain/failure.ts'
import type { Failure, ProviderFailure } from '../domain/failure.ts'
import type { Secret } from '../domain/secret.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import type { KnownModel, Provider, Speech } from '../providers/provider.ts'
import type { UpstreamAnswer } from './answers.ts'
import type { Connections } from './connections.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeNotes } from './exchange.ts'
import { inlineMedia } from './inline-media.ts'
import type { MediaFetcher } from './inline-media.ts'
import type { SlowLimit } from './pace.ts'
import { Places } from './places.ts'
import type { Place } from './places.ts'

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
  readonly fetchMedia: MediaFetcher
  /** Streams that are slower are given up; absent: none is. */
  readonly slowest?: SlowLimit | undefined
}

/** The call that targets are tried for. */
export interface AttemptCall {
  readonly bridged: BridgedCall
  /** The target's own limit, where it is smaller than what the caller asked for. */
  readonly maxTokensFor: (target: AttemptTarget) => number | undefined
  /** Told of a repeat on a fresh connection, by the attempt's number. */
  readonly onStaleSocket: (attempt: number) => void
}

type Ask = AttemptAsk<AttemptTarget, Secret | undefined>

export class Attempts {
  readonly #rooms: AttemptRooms
  readonly #places = new Places()

  constructor(rooms: AttemptRooms) {
    this.#rooms = rooms
  }

  /** Settles when the provider has committed to an answer, or has failed; never rejects for a failure. */
  async attempt(call: AttemptCall, ask: Ask): Promise<Outcome<UpstreamAnswer>> {
    const { target } = ask
    const place = this.#places.of(target.provider, call.bridged.caller)
    if (place === undefined) return notSpoken(target)
    try {
      const prepared = this.#prepare(call, ask, place)
      const request = prepared instanceof Promise ? await prepared : prepared
      const outcome = await this.#send(request)
      const mended = outcome.kind === 'failed' ? mendedRequest(request, outcome.failure) : undefined
      return mended === undefined ? outcome : await this.#send(mended)
    } catch (error) {
      // What the target's dialect cannot say; another target's may.
      if (error instanceof RefusedCall) return { kind: 'failed', failure: withDetails(error) }
      throw error
    }
  }

  #send(request: Request): Promise<Outcome<UpstreamAnswer>> {
    const { call, ask, place } = request
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
    const { call, ask, way } = request
    const { timeouts, known } = ask.target
    const { stream } = call.bridged.sketch
    const firstContentMs = known?.reasoning === true ? timeouts.reasoningFirstByteMs : timeouts.firstByteMs
    const exchange = new Exchange({
      bridge: way,
      tap: stream ? way.openTap() : undefined,
      firstByteTimeoutMs: stream && way.formOf === undefined ? firstContentMs : timeouts.wholeFirstByteMs,
      idleTimeoutMs: timeouts.idleMs,
      streamLifeMs: timeouts.streamLifeMs,
      slowest: this.#rooms.slowest,
      limitHeaders: ask.target.provider.rateLimitHeaders,
      clock: this.#rooms.clock,
      decided: (outcome, notes) => {
        ask.signal.removeEventListener('abort', onAbort)
        decided(withReadings(outcome, exchange.readings), notes)
      },
    })
    const onAbort = (): void => exchange.abort()
    ask.signal.addEventListener('abort', onAbort)
    dispatcher.dispatch({ method: 'POST', path: request.path, headers: request.headers, body: way.wire.body }, exchange)
  }

  /** At once where nothing must be waited for, which is nearly always. */
  #prepare(call: AttemptCall, ask: Ask, place: Place): Request | Promise<Request> {
    const media = this.#mediaFor(call, ask, place)
    if (media === undefined) return this.#requestFor(call, ask, place)
    return media.then((request) => this.#requestFor(call, ask, place, request))
  }

  /** The request with the bytes of its images in place of their addresses, where the target takes only bytes. */
  #mediaFor({ bridged }: AttemptCall, { target, signal }: Ask, { speech, dialect }: Place): Promise<CanonicalRequest> | undefined {
    const caller = bridged.caller.caller
    if (caller === undefined || passesThrough(bridged, dialect, rebuilds(speech, bridged.sketch))) return undefined
    if (dialect.provider?.fetchesNoImages !== true && target.provider.quirks?.fetchesNoImages !== true) return undefined
    return inlineMedia(bridged.requestFrom(caller), this.#rooms.fetchMedia, signal)
  }

  #requestFor(call: AttemptCall, ask: Ask, place: Place, canonical?: CanonicalRequest): Request | Promise<Request> {
    const { target, key } = ask
    const { sketch } = call.bridged
    const auth = place.speech.auth ?? target.provider.auth
    const way = bridge(call.bridged, place.dialect, bridgeTarget(call, ask, place.speech), canonical)
    const headers = ['content-type', sketch.contentType ?? 'application/json', 'accept', acceptOf(sketch.stream, place)]
    if (!way.passesThrough) headers[1] = 'application/json'
    // A compressed stream cannot be cut into events, and a truncated one looks complete.
    headers.push('accept-encoding', 'identity', 'user-agent', this.#rooms.userAgent)
    if (way.wire.headers !== undefined) headers.push(...way.wire.headers)
    addMissing(headers, place.speech.headers)
    const header = authorize(auth, key.credential)
    if (header !== undefined) headers.push(header[0], header[1])
    const request = { call, ask, place, path: place.pathFor(target.model, sketch.stream), headers, way }
    if (key.credential === undefined || (auth.kind !== 'sigv4' && auth.kind !== 'google')) return request
    return this.#signed(request, key.credential)
  }

  async #signed(request: Request, credential: Secret): Promise<Request> {
    const { ask, place, path, headers, way } = request
    const wallNow = this.#rooms.clock.wallNow()
    const { auth, filled } = ask.target.provider
    const signedFor = { auth: place.speech.auth ?? auth, ...(filled !== undefined && { filled }) }
    const signed = await signRequest(signedFor, credential, { origin: place.origin, path, headers, body: way.wire.body, wallNow })
    return { ...request, headers: [...headers, ...signed] }
  }

  /** Remembered with the place: its name need not be put together for each attempt. */
  #poolOf(place: Place, connectTimeoutMs: number): Dispatcher {
    const known = place.pools.get(connectTimeoutMs)
    if (known !== undefined) return known
    const pool = this.#rooms.connections.pool(place.origin, connectTimeoutMs)
    place.pools.set(connectTimeoutMs, pool)
    return pool
  }
}

interface Request {
  readonly call: AttemptCall
  readonly ask: Ask
  readonly place: Place
  readonly path: string
  /** Names and values in turn, as undici takes them without copying. */
  readonly headers: string[]
  readonly way: Bridge
}

/** What the answer's head told goes along, whatever became of the answer. */
function withReadings(outcome: Outcome<UpstreamAnswer>, readings: readonly LimitReading[] | undefined): Outcome<UpstreamAnswer> {
  return readings === undefined ? outcome : { ...outcome, readings }
}

/** The field at fault is told to the caller as a provider's would be. */
function withDetails({ failure, details: { param, code } }: RefusedCall): ProviderFailure {
  return param === undefined && code === undefined ? failure : { ...failure, told: { param, code } }
}

/** The same call once more where the provider's refusal says how it would be taken; a signature holds for one body only. */
function mendedRequest(request: Request, failure: Failure): Request | undefined {
  const { ask, place, way } = request
  if (ask.signal.aborted || (place.speech.auth ?? ask.target.provider.auth).kind === 'sigv4') return undefined
  const mended = place.dialect.mendRequest?.(way.wire.body, failure)
  if (mended === undefined) return undefined
  const wire = { ...way.wire, body: mended.body, losses: [...way.wire.losses, ...mended.losses] }
  return { ...request, way: { ...way, wire } }
}

const nothing: Readonly<Record<string, never>> = {}

function bridgeTarget(call: AttemptCall, { target, key }: Ask, speech: Speech): BridgeTarget {
  const maxTokens = call.maxTokensFor(target)
  const { known, provider } = target
  return {
    provider: provider.name,
    model: target.model,
    dialect: speech.dialect,
    keyId: key.id,
    quirks: provider.quirks ?? nothing,
    rebuilds: rebuilds(speech, call.bridged.sketch),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(known?.maxOutputTokens !== undefined && { maxOutputTokens: known.maxOutputTokens }),
    ...(known?.reasoning !== undefined && { reasoning: known.reasoning }),
    changes: {
      model: target.model,
      ...(maxTokens !== undefined && { maxTokens }),
      removed: removedFor(target, speech, call.bridged),
      renamed: speech.renames ?? nothing,
      defaults: target.options ?? nothing,
    },
  }
}

function removedFor({ rejects, provider }: AttemptTarget, speech: Speech, { caller, sketch }: BridgedCall): readonly string[] {
  const sessions = caller.operation === 'chat' ? sessionFieldsIn(sketch, provider.sessionFields) : []
  if (sessions.length === 0) return speech.rejects === undefined ? rejects : [...rejects, ...speech.rejects]
  return [...rejects, ...(speech.rejects ?? []), ...sessions]
}

function rebuilds({ rebuilds: when }: Speech, { members }: Sketch): boolean {
  return when === true || (when === 'with-tools' && members.some(({ key }) => key === 'tools'))
}

function acceptOf(stream: boolean, { dialect }: Place): string {
  return stream ? (dialect.streamType ?? 'text/event-stream') : (dialect.accept ?? 'application/json')
}

function addMissing(headers: string[], more: readonly string[] | undefined): void {
  if (more === undefined) return
  for (let at = 0; at + 1 < more.length; at += 2) {
    const [name = '', value = ''] = more.slice(at, at + 2)
    const isThere = headers.some((each, index) => index % 2 === 0 && each === name)
    if (!isThere) headers.push(name, value)
  }
}

function notSpoken(target: AttemptTarget): Outcome<UpstreamAnswer> {
  return {
    kind: 'failed',
    failure: { reason: 'unsupported', message: `${target.provider.title} does not offer this operation.`, sent: 'no' },
  }
}
