/**
 * Where the parts of a form lie (RFC 7578, RFC 2046), without building it: an upload is forwarded, not taken apart.
 * What two readers could understand differently is refused rather than guessed.
 */
import type { Member } from '../json-scan.ts'
import { parseHeader } from './parameters.ts'

/** One field: `keyStart` is where its delimiter begins, `valueEnd` where the line end before the next one does. */
export interface Part extends Member {
  /** Sent as a file. */
  readonly isFile: boolean
  /** The value stands in some encoding of its own. */
  readonly isEncoded: boolean
}

/** What is wrong with a body, and where. */
export class FormFault extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.name = 'FormFault'
    this.offset = offset
  }
}

/** More than any operation has; each costs a search. */
const mostParts = 1000
/** The header of one part. */
const mostHeaderBytes = 16 * 1024
/** Places that look like a delimiter and are none: with a boundary made as it should be there is not one. */
const mostLookalikes = 10_000

const lineEnd = Buffer.from('\r\n')
const headerEnd = Buffer.from('\r\n\r\n')
const carriageReturn = 0x0d
const lineFeed = 0x0a
const dash = 0x2d

/** @throws FormFault when the bytes are no complete form with this boundary. */
export function scanParts(bytes: Buffer, boundary: string): readonly Part[] {
  const marks = new Marks(bytes, boundary)
  const parts: Part[] = []
  let mark = marks.next(0)
  if (mark === undefined) throw new FormFault('the boundary of the content type is not in the body', 0)
  while (!mark.isLast) {
    if (parts.length === mostParts) throw new FormFault(`the form has more than ${mostParts} fields`, mark.start)
    const next = marks.next(mark.end)
    if (next === undefined) throw new FormFault('the body ends before its closing boundary', bytes.length)
    parts.push(readPart(bytes, mark, next))
    mark = next
  }
  return parts
}

/** One delimiter: from its dashes to behind its line end. */
interface Mark {
  readonly start: number
  readonly end: number
  /** The closing one; what follows it is nobody's. */
  readonly isLast: boolean
}

class Marks {
  readonly #bytes: Buffer
  readonly #needle: Buffer
  #lookalikes = 0

  constructor(bytes: Buffer, boundary: string) {
    this.#bytes = bytes
    this.#needle = Buffer.from(`--${boundary}`, 'latin1')
  }

  /** The first delimiter at or behind `from`. */
  next(from: number): Mark | undefined {
    for (let at = this.#find(from); at !== -1; at = this.#find(at + 1)) {
      if (this.#beginsLine(at)) return this.#read(at)
      this.#lookalikes++
      if (this.#lookalikes > mostLookalikes) throw new FormFault('the boundary is a part of the content; choose another', at)
    }
    return undefined
  }

  #find(from: number): number {
    return this.#bytes.indexOf(this.#needle, from)
  }

  /** Behind half a line end, some readers would see a delimiter and others content. */
  #beginsLine(at: number): boolean {
    if (at === 0) return true
    const [before, last] = [this.#bytes[at - 2], this.#bytes[at - 1]]
    if (last === lineFeed && before === carriageReturn) return true
    if (last === lineFeed || last === carriageReturn) throw new FormFault('a boundary must stand behind CRLF', at)
    return false
  }

  #read(start: number): Mark {
    const bytes = this.#bytes
    let at = start + this.#needle.length
    const isLast = bytes[at] === dash && bytes[at + 1] === dash
    if (isLast) at += 2
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at++
    if (isLast && at === bytes.length) return { start, end: at, isLast }
    if (bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) throw new FormFault('a boundary must end its line', start)
    return { start, end: at + 2, isLast }
  }
}

function readPart(bytes: Buffer, mark: Mark, next: Mark): Part {
  // The line end of the delimiter is also the one in front of a header that is empty.
  const end = bytes.indexOf(headerEnd, mark.end - 2)
  const valueStart = end + headerEnd.length
  const valueEnd = next.start - lineEnd.length
  if (end === -1 || valueStart > valueEnd) throw new FormFault('a field has no blank line behind its header', mark.start)
  if (end - mark.end > mostHeaderBytes) throw new FormFault('the header of a field is too long', mark.start)
  const fields = readFields(bytes.toString('utf8', mark.end, Math.max(end, mark.end)), mark.start)
  const encoding = fields.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  return {
    ...nameOf(fields.get('content-disposition'), mark.start),
    keyStart: mark.start,
    valueStart,
    valueEnd,
    isEncoded: !['7bit', '8bit', 'binary'].includes(encoding),
  }
}

function readFields(text: string, at: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    if (line === '') continue
    const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):((?:[^\p{Cc}]|\t)*)$/u.exec(line) ?? []
    if (name === undefined || value === undefined) throw new FormFault('the header of a field is malformed', at)
    const key = name.toLowerCase()
    if (fields.has(key)) throw new FormFault(`the header of a field names \`${key}\` twice`, at)
    fields.set(key, value.trim())
  }
  return fields
}

function nameOf(disposition: string | undefined, at: number): { readonly key: string; readonly isFile: boolean } {
  if (disposition === undefined) throw new FormFault('a field has no Content-Disposition', at)
  const header = parseHeader(disposition)
  const key = header?.value === 'form-data' ? header.parameters.get('name') : undefined
  // Some readers know `name*`, others overlook it; a backslash escapes a letter for some and stays for others.
  const isReadable = key !== undefined && !key.includes('\\') && header?.parameters.has('name*') === false
  if (!isReadable) throw new FormFault('a field has no readable name', at)
  return { key: unescaped(key), isFile: header.parameters.has('filename') || header.parameters.has('filename*') }
}

/** What browsers write for the three characters that cannot stand in a name. */
function unescaped(name: string): string {
  return name.replace(/%(22|0D|0A)/gi, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
