/** A provider's answer, whole and streamed, as canonical events. */
import type { Failure } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Usage } from '../../domain/usage.ts'
import { collect } from '../canonical/collect.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import type { CheckedAnswer, ReadAnswer, StreamReader } from '../dialect.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'
import { fieldOf } from './fields.ts'
import type { Fields } from './fields.ts'
import { blockReason } from './finish.ts'
import { cutInFrame, endless, FrameScanner, notJson } from './frames.ts'
import { ResponseEvents } from './response-events.ts'
import { geminiNames } from './tool-names.ts'
import { usageFromGemini } from './usage.ts'

const noAnswer = (message: string): Failure => ({ reason: 'bad-answer', message, sent: 'yes' })

/** Pass-through: whether a whole answer is one, and what it used. */
export function checkGeminiAnswer(body: Buffer): CheckedAnswer {
  const answers = answersIn(body)
  if ('failure' in answers) return { usage: undefined, failure: answers.failure }
  const usage = answers.objects.map((each) => usageFromGemini(fieldOf(each, 'usageMetadata'))).findLast((each) => each !== undefined)
  return { usage, failure: undefined }
}

export function readGeminiAnswer(body: Buffer, origin: Origin, _target: TranslationTarget, request?: CanonicalRequest): ReadAnswer {
  const answers = answersIn(body)
  if ('failure' in answers) return { failure: answers.failure }
  const events = new ResponseEvents(origin, geminiNames(request))
  const told = answers.objects.flatMap((each) => events.take(each))
  if (events.failure !== undefined) return { failure: events.failure }
  events.assumeEnd()
  if (!events.hasEnded) return { failure: noAnswer('The provider sent an answer that does not say why it ended.') }
  return { answer: collect([...told, ...events.end()]) }
}

type Answers = { readonly objects: readonly Fields[] } | { readonly failure: Failure }

/** One object, or, where a stream came in place of it, several. */
function answersIn(body: Buffer): Answers {
  const text = body.toString()
  const json = parseJson(text)
  const objects = (Array.isArray(json) ? json : [json]).filter(isRecord)
  const [first] = objects
  if (first === undefined) return { failure: noAnswer('The provider sent an answer that is not a JSON object.') }
  if (objects.some((each) => isRecord(each['error']))) return { failure: streamErrorFailure(text) }
  const answers = objects.some((each) => {
    const candidates = fieldOf(each, 'candidates')
    return (Array.isArray(candidates) && candidates.length > 0) || blockReason(each) !== undefined
  })
  return answers ? { objects } : { failure: noAnswer('The provider sent an answer without candidates.') }
}

export class GeminiReader implements StreamReader {
  readonly #scanner: FrameScanner
  readonly #answer: ResponseEvents
  #events: CanonicalEvent[] = []
  #atEnd = false
  #hasTold = false
  dataEvents = 0
  ended: StreamReader['ended'] = 'no'
  failure: Failure | undefined

  constructor(origin: Origin, request?: CanonicalRequest) {
    this.#answer = new ResponseEvents(origin, geminiNames(request))
    this.#scanner = new FrameScanner({
      frame: (json) => this.#hear(json),
      other: () => undefined,
      errorLine: (text) => (this.failure ??= streamErrorFailure(text)),
    })
  }

  get usage(): Usage | undefined {
    return this.#answer.usage
  }

  take(chunk: Buffer): readonly CanonicalEvent[] {
    if (this.failure !== undefined) return []
    this.#scanner.take(chunk)
    if (this.#scanner.broken) this.failure ??= endless
    return this.#tell()
  }

  end(): readonly CanonicalEvent[] {
    if (this.failure !== undefined) return []
    this.#atEnd = true
    const unfinished = this.#scanner.end()
    if (unfinished && this.#scanner.isArray) this.failure ??= cutInFrame
    if (this.failure === undefined && this.#answer.hasEnded) {
      this.ended = 'done'
      this.#events.push(...this.#answer.end())
    }
    return this.#tell()
  }

  #hear(json: Buffer): void {
    if (this.failure !== undefined) return
    this.dataEvents++
    const text = json.toString()
    const value = parseJson(text)
    if (!isRecord(value)) this.failure = this.#atEnd ? cutInFrame : notJson
    else if (value['error'] !== undefined && value['error'] !== null) this.failure = streamErrorFailure(text)
    else {
      for (const event of this.#answer.take(value)) this.#events.push(event)
      this.failure = this.#answer.failure
      if (this.#answer.hasEnded) this.ended = 'finish'
    }
  }

  #tell(): readonly CanonicalEvent[] {
    const events = this.#events
    this.#events = []
    if (this.failure === undefined || this.#hasTold) return events
    this.#hasTold = true
    return [...events, { is: 'failure', failure: this.failure }]
  }
}
