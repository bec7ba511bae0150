/**
 * Fetches what callers name by address, for providers that take bytes only. The one place where a caller decides whom the
 * gateway talks to, and so the one that is careful: encrypted, public addresses only, looked up once and held to it, redirects
 * checked like any other address, little time, little space, and nothing of the gateway's own goes along.
 */
import { lookup as lookUp } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, request } from 'undici'
import type { Dispatcher } from 'undici'
import { mediaTypeOf } from '../dialects/canonical/data-url.ts'
import { RefusedCall } from '../domain/failure.ts'
import type { ProviderFailure } from '../domain/failure.ts'
import type { Media, MediaFetcher } from './inline-media.ts'
import type { Reach } from './public-address.ts'

export interface MediaRules extends Reach {
  readonly userAgent: string
  /** The system's, unless told. */
  readonly lookUp?: LookUp
}

type LookUp = (host: string, done: (error: Error | null, found: readonly LookupAddress[]) => void) => void

export interface MediaFetching {
  readonly fetch: MediaFetcher
  close(): Promise<void>
}

const mostBytes = 20 * 1024 * 1024
const patienceMs = 10_000
const mostRedirects = 3

export function openMediaFetching(rules: MediaRules): MediaFetching {
  const connector = buildConnector({ timeout: patienceMs, allowH2: false, lookup: guardedLookup(rules) })
  const agent = new Agent({
    connect: checked(connector, rules),
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
    keepAliveTimeout: 1000,
  })
  return {
    fetch: (address, signal) => fetchMedia({ rules, agent, signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) }, address),
    close: () => agent.destroy(),
  }
}

interface Fetching {
  readonly rules: MediaRules
  readonly agent: Agent
  readonly signal: AbortSignal
}

async function fetchMedia(fetching: Fetching, address: string): Promise<Media> {
  const url = readAddress(address)
  try {
    return await follow(fetching, url, mostRedirects)
  } catch (error) {
    if (error instanceof RefusedCall) throw error
    throw refuseMedia(url, whyNot(error, fetching.signal))
  }
}

async function follow(fetching: Fetching, url: URL, redirects: number): Promise<Media> {
  const { rules, agent, signal } = fetching
  checkAddress(url, rules)
  const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': rules.userAgent }
  const answer = await request(url, { dispatcher: agent, headers, signal })
  const next = redirectOf(answer, url)
  if (next === undefined) return readMedia(answer, url)
  drop(answer)
  if (redirects === 0) throw refuseMedia(url, 'it redirects too often')
  return follow(fetching, next, redirects - 1)
}

function readAddress(address: string): URL {
  const url = URL.parse(address)
  if (url === null) throw new RefusedCall(failureFor('An address of an image or a file is no URL.'))
  return url
}

function checkAddress(url: URL, { plainHttp, reaches }: MediaRules): void {
  if (url.protocol !== 'https:' && !(plainHttp && url.protocol === 'http:')) throw refuseMedia(url, 'only https addresses are fetched')
  if (url.username !== '' || url.password !== '') throw refuseMedia(url, 'it holds a user name or a password')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !reaches(host)) throw refuseMedia(url, notPublic)
}

const notPublic = 'its address is not on the public internet'

class NotPublic extends Error {}

/** All addresses of a name must be public: whoever answers with others beside means them. The connection goes to what was checked. */
function guardedLookup({ reaches, lookUp: ask = systemLookUp }: MediaRules): LookupFunction {
  return (host, options, done) => {
    ask(host, (error, found) => {
      const [first] = found
      if (error !== null || first === undefined) return done(error ?? new Error('no address'), '', 4)
      if (!found.every(({ address }) => reaches(address))) return done(new NotPublic(notPublic), '', 4)
      if (options.all === true) done(null, [...found])
      else done(null, first.address, first.family)
    })
  }
}

function systemLookUp(host: string, done: Parameters<LookUp>[1]): void {
  // With an error there is no list, whatever its type says.
  lookUp(host, { all: true }, (error, found) => done(error, error === null ? found : []))
}

/** The last word has the address that the socket has: no other way there may be forgotten. */
function checked(connect: buildConnector.connector, { reaches }: MediaRules): buildConnector.connector {
  return (options, done) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return done(error, null)
      if (reaches(socket.remoteAddress ?? '')) return done(null, socket)
      socket.destroy()
      done(new NotPublic(notPublic), null)
    })
  }
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL | undefined {
  if (!redirects.has(statusCode)) return undefined
  const { location } = headers
  const next = typeof location === 'string' ? URL.parse(location, from.href) : null
  if (next === null) throw refuseMedia(from, 'it redirects to nowhere')
  return next
}

async function readMedia(answer: Dispatcher.ResponseData, url: URL): Promise<Media> {
  const { statusCode, headers, body } = answer
  const refusal = refusalOf(statusCode, headers)
  if (refusal !== undefined) {
    drop(answer)
    throw refuseMedia(url, refusal)
  }
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    if (!Buffer.isBuffer(part)) continue
    size += part.length
    if (size > mostBytes) throw refuseMedia(url, tooLarge)
    parts.push(part)
  }
  const data = Buffer.concat(parts)
  return { mediaType: typeOf(data, headers['content-type'], url), data }
}

/** Nobody wants the rest; what undici says of that is no news. */
function drop({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => undefined).destroy()
}

const tooLarge = `it is larger than ${mostBytes / 1024 / 1024} MB`

function refusalOf(status: number, headers: Dispatcher.ResponseData['headers']): string | undefined {
  if (status !== 200) return `its server answered with status ${status}`
  if (Number(headers['content-length'] ?? 0) > mostBytes) return tooLarge
  const encoding = headers['content-encoding'] ?? 'identity'
  return encoding === 'identity' ? undefined : 'it is compressed in a way that was not asked for'
}

/** What the bytes are, whatever their server says; its word counts only for what has no mark of its own, such as text. */
function typeOf(data: Buffer, told: string | string[] | undefined, url: URL): string {
  const seen = mediaTypeOf(data.subarray(0, 24).toString('base64'))
  if (seen !== undefined) return seen
  const declared = typeof told === 'string' ? (told.split(';', 1)[0] ?? '').trim().toLowerCase() : ''
  if (data.length === 0) throw refuseMedia(url, 'it is empty')
  if (/^(?:image|audio|video)\//.test(declared)) throw refuseMedia(url, `it is no ${declared} that is known here`)
  return declared === '' ? 'application/octet-stream' : declared
}

function whyNot(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it did not come in time'
  return error instanceof NotPublic ? notPublic : 'its server cannot be reached'
}

/** Names the host and nothing else of the address: the rest of it may be a secret. */
function refuseMedia({ host }: URL, why: string): RefusedCall {
  return new RefusedCall(failureFor(`What lies at ${host} could not be fetched: ${why}. Send it as base64.`))
}

function failureFor(message: string): ProviderFailure {
  return { reason: 'bad-request', message, sent: 'no', told: { code: 'invalid_image_url' } }
}
