/** Puts the bytes of images and files where their addresses stand, for providers that fetch nothing themselves. */
import { parseDataUrl } from '../dialects/canonical/data-url.ts'
import type { FilePart, ImagePart, MediaSource, Part } from '../dialects/canonical/parts.ts'
import type { CanonicalRequest, Turn } from '../dialects/canonical/request.ts'
import { refuse } from '../domain/failure.ts'

export interface Media {
  readonly mediaType: string
  readonly data: Buffer
}

/** What lies behind an address. @throws RefusedCall naming its host where it cannot or may not be fetched. */
export type MediaFetcher = (url: string, signal: AbortSignal) => Promise<Media>

/** Fetched side by side. */
const mostAtOnce = 4
const mostAddresses = 50
const mostBytesTogether = 64 * 1024 * 1024

const inlined = new WeakMap<CanonicalRequest, Promise<CanonicalRequest>>()

/**
 * The request with bytes in place of addresses; fetched once for all attempts of a call.
 * @throws RefusedCall `bad-request`, or `too-large` where it is all too much.
 */
export function inlineMedia(request: CanonicalRequest, fetchMedia: MediaFetcher, signal: AbortSignal): Promise<CanonicalRequest> {
  const known = inlined.get(request)
  if (known !== undefined) return known
  const made = fetchAll(request, fetchMedia, signal)
  inlined.set(request, made)
  // The next attempt may have more luck, and a signal of its own.
  made.catch(() => inlined.delete(request))
  return made
}

async function fetchAll(request: CanonicalRequest, fetchMedia: MediaFetcher, signal: AbortSignal): Promise<CanonicalRequest> {
  const named = request.turns.flatMap(partsOf).flatMap(addressesIn)
  if (named.length === 0) return request
  const addresses = [...new Set(named.filter((address) => /^https?:/i.test(address)))]
  if (addresses.length > mostAddresses) {
    const many = `The request names ${addresses.length} images and files by address; up to ${mostAddresses} are fetched. Send them as base64.`
    throw refuse('too-large', many)
  }
  const sources = await sourcesOf(addresses, fetchMedia, signal)
  return { ...request, turns: request.turns.map((turn) => withBytes(turn, sources)) }
}

type Sources = ReadonlyMap<string, MediaSource>

async function sourcesOf(addresses: readonly string[], fetchMedia: MediaFetcher, signal: AbortSignal): Promise<Sources> {
  const sources = new Map<string, MediaSource>()
  const others = new AbortController()
  const left = [...addresses]
  let size = 0
  const work = async (): Promise<void> => {
    for (let address = left.shift(); address !== undefined; address = left.shift()) {
      const { mediaType, data } = await fetchMedia(address, AbortSignal.any([signal, others.signal]))
      size += data.length
      if (size > mostBytesTogether)
        throw refuse('too-large', 'The images and files that the request names by address are too large together.')
      sources.set(address, { is: 'base64', mediaType, data: data.toString('base64') })
    }
  }
  try {
    await Promise.all(Array.from({ length: mostAtOnce }, work))
  } catch (error) {
    others.abort()
    throw error
  }
  return sources
}

function partsOf(turn: Turn): readonly Part[] {
  if (turn.role === 'user') return turn.parts
  return turn.role === 'tool' ? turn.results.flatMap(({ parts }) => parts) : []
}

function isMedia(part: Part): part is ImagePart | FilePart {
  return part.is === 'image' || part.is === 'file'
}

function addressesIn(part: Part): readonly string[] {
  return isMedia(part) && part.source.is === 'url' ? [part.source.url] : []
}

function withBytes(turn: Turn, sources: Sources): Turn {
  if (turn.role === 'user') return { ...turn, parts: turn.parts.map((part) => inline(part, sources)) }
  if (turn.role !== 'tool') return turn
  return { ...turn, results: turn.results.map((result) => ({ ...result, parts: result.parts.map((part) => inline(part, sources)) })) }
}

/** Addresses that are no web's, such as `s3:`, are the provider's own and stay. */
function inline(part: Part, sources: Sources): Part {
  if (!isMedia(part) || part.source.is !== 'url') return part
  const { url } = part.source
  const data = parseDataUrl(url)
  const source: MediaSource | undefined = data === undefined ? sources.get(url) : { is: 'base64', ...data }
  if (source === undefined) return part
  if (part.is === 'image') mustBeImage(source, url)
  return { ...part, source }
}

function mustBeImage(source: MediaSource, url: string): void {
  if (source.is !== 'base64' || source.mediaType.startsWith('image/')) return
  const host = URL.parse(url)?.host ?? ''
  const where = host === '' ? '' : ` (at ${host})`
  throw refuse('bad-request', `An image of the request${where} is no image but ${source.mediaType}.`)
}
