/** What makes a request unsafe to answer: two readers, such as a proxy in front and this gateway, could understand it differently. */
import type { IncomingMessage } from 'node:http'

/** What is wrong with the request line or the headers, as a sentence for the caller; undefined when nothing is. */
export function faultOf(request: IncomingMessage): string | undefined {
  return versionFault(request) ?? hostFault(request) ?? framingFault(request)
}

/** Node accepts a request line without a version as HTTP/0.9, headers, body and all (llhttp issue 877). */
function versionFault({ httpVersion }: IncomingMessage): string | undefined {
  return httpVersion === '1.1' || httpVersion === '1.0' ? undefined : 'Only HTTP/1.1 and HTTP/1.0 are spoken here.'
}

function hostFault({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  const hosts = countOf(rawHeaders, 'host')
  if (hosts > 1) return 'The request has more than one Host header.'
  if (hosts === 0) return httpVersion === '1.1' ? 'The request has no Host header.' : undefined
  return isHost(headers.host ?? '') ? undefined : 'The Host header is not a host name.'
}

/** Node takes `gzip, chunked` for `chunked`, and HTTP/1.0 never had it: where the body ends would be a matter of opinion (RFC 9112 6.1). */
function framingFault({ headers, httpVersion }: IncomingMessage): string | undefined {
  const coding = headers['transfer-encoding']
  if (coding === undefined) return undefined
  if (httpVersion === '1.0') return 'HTTP/1.0 has no Transfer-Encoding.'
  return coding.toLowerCase() === 'chunked' ? undefined : 'The only Transfer-Encoding spoken here is chunked.'
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const each = rawHeaders[i]
    if (each?.length === name.length && each.toLowerCase() === name) count++
  }
  return count
}

/** RFC 3986 host and port. The text is never used to build a URL. */
function isHost(host: string): boolean {
  return /^(?:[\w.-]*|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/.test(host)
}
