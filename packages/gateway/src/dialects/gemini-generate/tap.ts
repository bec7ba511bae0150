/**
 * Listens to a Gemini stream and lets its bytes through. Only the form changes where the caller reads an array and the provider
 * sends events, or the other way round. Few objects are parsed: those before the first content, and those that name an end or an
 * error; the counts, which every object repeats, are read once, when somebody asks for them.
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { StreamTap } from '../dialect.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { escapeSeparators, isRecord, parseJson } from '../wire.ts'
import { streamErrorText } from './failure.ts'
import { fieldOf, recordIn, recordsIn } from './fields.ts'
import type { Fields } from './fields.ts'
import { hasFinish } from './finish.ts'
import { cutInFrame, endless, FrameScanner, notJson } from './frames.ts'
import { usageFromGemini } from './usage.ts'

const mostEarlyCommentBytes = 16 * 1024
const lineFeed = 0x0a
const openBracket = 0x5b
const closeBracket = 0x5d
const comma = 0x2c
const blankLine = Buffer.from('\n\n')
const countKey = Buffer.from('"promptTokenCount"')
const tellingKeys = ['"finishReason"', '"finish_reason"', '"blockReason"', '"error"'].map((key) => Buffer.from(key))
/** The three characters that some readers take for the end of a line: U+2028, U+2029, U+0085. */
const separators = ['\u2028', '\u2029', '\u0085'].map((separator) => Buffer.from(separator))

export class GeminiTap implements StreamTap {
  readonly #scanner: FrameScanner
  readonly #asArray: boolean
  #out: Buffer[] = []
  /** Whether an object has gone to the caller: then the next one in an array has a comma before it. */
  #hasBegun = false
  #atEnd = false
  #earlyCommentBytes = 0
  /** The last object that counted. */
  #counting: Buffer | undefined
  #usage: Usage | undefined
  dataEvents = 0
  contentEvents = 0
  hasContent = false
  ended: StreamTap['ended'] = 'no'
  failure: Failure | undefined

  constructor(asArray: boolean) {
    this.#asArray = asArray
    this.#scanner = new FrameScanner({
      frame: (json, raw, joined) => this.#hear(json, raw, joined),
      other: (raw) => this.#hearComment(raw),
      errorLine: (text) => (this.failure ??= streamErrorFailure(text)),
    })
  }

  get usage(): Usage | undefined {
    if (this.#counting !== undefined) {
      const json = parseJson(this.#counting.toString())
      this.#usage = (isRecord(json) ? usageFromGemini(fieldOf(json, 'usageMetadata')) : undefined) ?? this.#usage
      this.#counting = undefined
    }
    return this.#usage
  }

  take(chunk: Buffer): Buffer | undefined {
    if (this.failure !== undefined) return undefined
    this.#scanner.take(chunk)
    if (this.#scanner.broken) this.failure ??= endless
    return this.#collect()
  }

  end(): Buffer | undefined {
    this.#atEnd = true
    if (this.failure === undefined) {
      const unfinished = this.#scanner.end()
      if (unfinished && this.#scanner.isArray) this.failure = cutInFrame
      else if (unfinished) this.#endLastEvent()
    }
    if (this.failure === undefined && this.ended === 'finish') {
      // There is no other sign: where the provider has said why it stopped, the end of its bytes is the end of the stream.
      this.ended = 'done'
      if (this.#asArray) this.#out.push(this.#closing())
    }
    return this.#collect()
  }

  breakOff(failure: Failure): Buffer {
    const text = streamErrorText(failure)
    if (!this.#asArray) return Buffer.from(`data: ${text}\n\n`)
    return Buffer.from(`${this.#hasBegun ? ',\r\n' : '['}${text}\n]`)
  }

  #hear(json: Buffer, raw: Buffer, joined: boolean): void {
    if (this.failure !== undefined) return
    this.dataEvents++
    const mustParse = !this.hasContent || this.#atEnd || joined || tellingKeys.some((key) => json.includes(key))
    if (mustParse && !this.#study(json)) return
    if (this.hasContent) this.contentEvents++
    if (json.includes(countKey)) this.#counting = json
    this.#pass(json, raw, joined)
  }

  /** false: there is nothing to pass on. */
  #study(json: Buffer): boolean {
    const text = json.toString()
    const value = parseJson(text)
    if (!isRecord(value)) {
      this.failure = this.#atEnd ? cutInFrame : notJson
      return false
    }
    const error = value['error']
    if (error !== undefined && error !== null) {
      this.failure = streamErrorFailure(text)
      return false
    }
    if (hasFinish(value)) this.ended = 'finish'
    this.hasContent ||= this.ended !== 'no' || hasParts(value)
    return true
  }

  #pass(json: Buffer, raw: Buffer, joined: boolean): void {
    const fromArray = this.#scanner.isArray
    if (this.#asArray) this.#out.push(...(fromArray && isElement(json, raw) ? [raw] : [Buffer.from(this.#hasBegun ? ',\r\n' : '['), json]))
    else if (fromArray || joined) this.#passRewritten(json, '\r\n\r\n')
    else if (separators.some((separator) => json.includes(separator))) this.#passRewritten(json, endingOf(raw))
    else this.#out.push(raw)
    this.#hasBegun = true
  }

  /** The end of the array, as the provider wrote it where it wrote one. */
  #closing(): Buffer {
    const { rest } = this.#scanner
    return rest.includes(closeBracket) ? rest : Buffer.from('\n]')
  }

  /** On one line and without what some readers take for the end of one. Outside of texts a line break is only space. */
  #passRewritten(json: Buffer, ending: string): void {
    const text = json
      .toString()
      .trim()
      .replaceAll(/[\r\n]+\s*/g, ' ')
    this.#out.push(Buffer.from(`data: ${escapeSeparators(text)}${ending}`))
  }

  /** Comments go on too, but a provider that sends nothing else must not fill the memory before the first content. */
  #hearComment(raw: Buffer): void {
    if (this.#asArray || this.#atEnd || this.failure !== undefined) return
    if (!this.hasContent) {
      if (this.#earlyCommentBytes + raw.length > mostEarlyCommentBytes) return
      this.#earlyCommentBytes += raw.length
    }
    this.#out.push(raw)
  }

  /** A caller that waits for the blank line would lose the last event. */
  #endLastEvent(): void {
    const last = this.#out.at(-1)
    if (last !== undefined && !this.#asArray) this.#out.push(last.at(-1) === lineFeed ? blankLine.subarray(1) : blankLine)
  }

  #collect(): Buffer | undefined {
    const [first, ...others] = this.#out
    if (first === undefined) return undefined
    this.#out = []
    return others.length === 0 ? first : Buffer.concat([first, ...others])
  }
}

/** Whether an object came as an element of an array, with the bracket or the comma before it. */
function isElement(json: Buffer, raw: Buffer): boolean {
  const before = raw.subarray(0, raw.length - json.length)
  return before.includes(openBracket) || before.includes(comma)
}

/** The line ends behind an event, as they came. */
function endingOf(raw: Buffer): string {
  return /[\r\n]+$/.exec(raw.toString('latin1', Math.max(0, raw.length - 8)))?.[0] ?? '\n\n'
}

/** Text, a call, an image: anything that a caller would show or act on. */
function hasParts(response: Fields): boolean {
  return recordsIn(response, 'candidates').some((candidate) =>
    recordsIn(recordIn(candidate, 'content') ?? {}, 'parts').some((part) => part['text'] === undefined || part['text'] !== ''),
  )
}
