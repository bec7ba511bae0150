/**
 * Where the top-level members of a JSON object lie, without building it: a request of 256 KiB is forwarded, not parsed.
 * Hot path: works on byte offsets and jumps through long strings with a native search. Measured by bench W5 and W1.
 *
 * It never refuses what `JSON.parse` accepts (within the depth limit), and what it reads of a member is what `JSON.parse`
 * would read. Raw control characters deep inside a long string may slip through; the provider refuses those.
 */

import { parseJson } from './wire.ts'

/** One member of the object: `"key": value`, as offsets into the bytes. */
export interface Member {
  readonly key: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

/** What is wrong with a body, and where. */
export class JsonFault extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.name = 'JsonFault'
    this.offset = offset
  }
}

/** Nesting deeper than this is refused: `JSON.stringify` of it would throw somewhere nobody expects it. */
export const deepestNesting = 64
/** A top level with more members than this is an attack, not a request. */
const mostMembers = 10_000

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const comma = 0x2c
const colon = 0x3a

/**
 * The top-level members of a JSON object, in order.
 * @throws JsonFault when the bytes are no JSON object, nest too deep, or have too many members.
 */
export function scanMembers(bytes: Buffer): Member[] {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== openBrace) throw new JsonFault('the body must be a JSON object', at)
  const members: Member[] = []
  at = skipSpace(bytes, at + 1)
  if (bytes[at] === closeBrace) {
    atEnd(bytes, at + 1)
    return members
  }
  for (;;) {
    const keyStart = at
    const keyEnd = skipKey(bytes, at)
    const valueStart = skipColon(bytes, keyEnd)
    const valueEnd = skipValue(bytes, valueStart, 1)
    if (members.length === mostMembers) throw new JsonFault(`the body has more than ${mostMembers} fields`, at)
    members.push({ key: readKey(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd })
    at = skipSpace(bytes, valueEnd)
    if (bytes[at] === closeBrace) break
    if (bytes[at] !== comma) throw new JsonFault('expected "," or "}"', at)
    at = skipSpace(bytes, at + 1)
  }
  atEnd(bytes, at + 1)
  return members
}

/**
 * Where the elements of an array begin, one after another. Nothing is gone over before the next one is asked for, so that a look at
 * a beginning costs no more than that. The bytes are known to be JSON.
 */
export function* scanElements(bytes: Buffer, start: number): Generator<number> {
  let at = skipSpace(bytes, start + 1)
  while (bytes[at] !== closeBracket) {
    yield at
    at = skipSpace(bytes, skipValue(bytes, at, 1))
    if (bytes[at] === comma) at = skipSpace(bytes, at + 1)
  }
}

/** The same of an object's members: their names and where their values begin. */
export function* scanFields(bytes: Buffer, start: number): Generator<Pick<Member, 'key' | 'valueStart'>> {
  let at = skipSpace(bytes, start + 1)
  while (bytes[at] !== closeBrace) {
    const keyEnd = skipKey(bytes, at)
    const valueStart = skipColon(bytes, keyEnd)
    yield { key: readKey(bytes, at, keyEnd), valueStart }
    at = skipSpace(bytes, skipValue(bytes, valueStart, 1))
    if (bytes[at] === comma) at = skipSpace(bytes, at + 1)
  }
}

function atEnd(bytes: Buffer, from: number): void {
  const at = skipSpace(bytes, from)
  if (at < bytes.length) throw new JsonFault('unexpected text after the JSON object', at)
}

function readKey(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start + 1, end - 1)
  // Escapes and non-ASCII letters are rare in field names; only then is the text decoded properly.
  if (!/[\\\u0080-\u00ff]/.test(text)) return text
  const decoded = parseJson(bytes.toString('utf8', start, end))
  if (typeof decoded !== 'string') throw new JsonFault('a control character in a text must be escaped', start)
  return decoded
}

function skipKey(bytes: Buffer, at: number): number {
  if (bytes[at] !== quote) throw new JsonFault('expected a field name in double quotes', at)
  return skipString(bytes, at)
}

function skipColon(bytes: Buffer, from: number): number {
  const at = skipSpace(bytes, from)
  if (bytes[at] !== colon) throw new JsonFault('expected ":"', at)
  return skipSpace(bytes, at + 1)
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
}

function skipValue(bytes: Buffer, at: number, depth: number): number {
  const byte = bytes[at]
  if (byte === quote) return skipString(bytes, at)
  if (byte === openBrace) return skipObject(bytes, at, depth + 1)
  if (byte === openBracket) return skipArray(bytes, at, depth + 1)
  return skipScalar(bytes, at)
}

function skipObject(bytes: Buffer, start: number, depth: number): number {
  if (depth > deepestNesting) throw new JsonFault(`the body nests deeper than ${deepestNesting} levels`, start)
  let at = skipSpace(bytes, start + 1)
  if (bytes[at] === closeBrace) return at + 1
  for (;;) {
    at = skipColon(bytes, skipKey(bytes, at))
    at = skipSpace(bytes, skipValue(bytes, at, depth))
    if (bytes[at] === closeBrace) return at + 1
    if (bytes[at] !== comma) throw new JsonFault('expected "," or "}"', at)
    at = skipSpace(bytes, at + 1)
  }
}

function skipArray(bytes: Buffer, start: number, depth: number): number {
  if (depth > deepestNesting) throw new JsonFault(`the body nests deeper than ${deepestNesting} levels`, start)
  let at = skipSpace(bytes, start + 1)
  if (bytes[at] === closeBracket) return at + 1
  for (;;) {
    at = skipSpace(bytes, skipValue(bytes, at, depth))
    if (bytes[at] === closeBracket) return at + 1
    if (bytes[at] !== comma) throw new JsonFault('expected "," or "]"', at)
    at = skipSpace(bytes, at + 1)
  }
}

/** How far a text is read byte by byte, from its beginning and behind each escape, before the native search pays. */
const walkBytes = 24

function skipString(bytes: Buffer, start: number): number {
  let at = start + 1
  let close = -1
  for (;;) {
    at = walk(bytes, start, at)
    const byte = bytes[at]
    if (byte === quote) return at + 1
    if (byte !== backslash) {
      // Searched again only once it is behind: otherwise a text of many escapes would take time with the square of its length.
      if (close < at) close = bytes.indexOf(quote, at)
      if (close === -1) throw new JsonFault('a text is not closed', start)
      const escape = bytes.subarray(at, close).indexOf(backslash)
      if (escape === -1) return close + 1
      at += escape
    }
    at = skipEscape(bytes, at)
  }
}

/** To the next quote or backslash, but not further than pays. Prompts of code hold an escape every few bytes. */
function walk(bytes: Buffer, start: number, from: number): number {
  const end = from + walkBytes
  for (let at = from; at < end; at++) {
    const byte = bytes[at]
    if (byte === quote || byte === backslash) return at
    if (byte === undefined) throw new JsonFault('a text is not closed', start)
    if (byte < 0x20) throw new JsonFault('a control character in a text must be escaped', at)
  }
  return end
}

/** 1 for what may stand behind a backslash, but for `u`. */
const escapes = new Uint8Array(256)
for (const letter of '"\\/bfnrt') escapes[letter.charCodeAt(0)] = 1

function skipEscape(bytes: Buffer, at: number): number {
  const byte = bytes[at + 1]
  if (byte === 0x75) {
    for (let digit = at + 2; digit < at + 6; digit++) if (!isHex(bytes[digit])) throw new JsonFault('"\\u" needs four hex digits', at)
    return at + 6
  }
  if (byte === undefined || escapes[byte] !== 1) throw new JsonFault('an unknown escape in a text', at)
  return at + 2
}

function isHex(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
}

const scalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
/** No number that anyone means is longer; `JSON.parse` would accept it. */
const longestScalar = 1024

function skipScalar(bytes: Buffer, start: number): number {
  let at = start
  while (isScalarByte(bytes[at])) at++
  if (at === start || at - start > longestScalar) throw new JsonFault('expected a value', start)
  if (!isPlainInteger(bytes, start, at) && !scalar.test(bytes.toString('latin1', start, at))) throw new JsonFault('expected a value', start)
  return at
}

/** Letters, digits, `+`, `-` and `.`: everything a number, `true`, `false` or `null` is made of. */
function isScalarByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  if (byte >= 0x30 && byte <= 0x39) return true
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d || byte === 0x2b || byte === 0x2e
}

/** Token arrays are long rows of integers; they skip the regular expression. */
function isPlainInteger(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start]
  if (first === undefined || first < 0x31 || first > 0x39) return false
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]
    if (byte === undefined || byte < 0x30 || byte > 0x39) return false
  }
  return true
}
