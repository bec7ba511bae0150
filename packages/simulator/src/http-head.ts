/** Writes the head of an HTTP/1.1 answer and the frames of a chunked body. */
import { STATUS_CODES } from 'node:http'
import type { HeaderFields } from './reply.ts'

/** A status line and header fields, ready to be written. */
export function headOf(status: number, ...fields: readonly (HeaderFields | undefined)[]): string {
  const named = new Map<string, string[]>()
  for (const group of fields) {
    for (const [name, lines] of linesByName(group)) named.set(name, lines)
  }
  const lines = [...named.values()].flat()
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${lines.join('')}\r\n`
}

/** One frame of a chunked body. */
export function chunkOf(bytes: string | Uint8Array): Buffer {
  const size = `${Buffer.byteLength(bytes).toString(16)}\r\n`
  return Buffer.concat([Buffer.from(size), Buffer.from(bytes), lineEnd])
}

/** What ends a chunked body. */
export const lastChunk = '0\r\n\r\n'

const lineEnd = Buffer.from('\r\n')

/** A later group of fields replaces an earlier one's of the same name; inside a group a name may come twice. */
function linesByName(group: HeaderFields | undefined): Map<string, string[]> {
  const named = new Map<string, string[]>()
  for (const [name, value] of headerPairs(group)) {
    const lines = named.get(name.toLowerCase()) ?? []
    lines.push(`${name}: ${value}\r\n`)
    named.set(name.toLowerCase(), lines)
  }
  return named
}

/** Header fields as pairs, whichever way they were given. */
export function headerPairs(group: HeaderFields | undefined): readonly (readonly [string, string])[] {
  if (group === undefined) return []
  return isPairs(group) ? group : Object.entries(group)
}

function isPairs(group: HeaderFields): group is readonly (readonly [string, string])[] {
  return Array.isArray(group)
}
