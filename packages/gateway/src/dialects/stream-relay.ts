/**
 * One stream for the caller, whichever attempts it comes from: the caller's writer stays open when a provider's stream is cut, and goes on
 * with the events of another. Behind a text, what the second one says of itself, its thinking and what it repeats are left out; behind
 * nothing but thinking it answers anew, and only its beginning is left out.
 */
import type { Failure } from '../domain/failure.ts'
import { addUsage } from '../domain/usage.ts'
import type { Usage } from '../domain/usage.ts'
import type { TranslationTarget } from '../domain/quirks.ts'
import type { CanonicalEvent } from './canonical/events.ts'
import type { Opaque } from './canonical/opaque.ts'
import type { CanonicalRequest } from './canonical/request.ts'
import { takesUpText, withText } from './continues-text.ts'
import type { StreamWriter } from './dialect.ts'
import { mayOverlap, overlapOf } from './overlap.ts'

/** What a text can be continued behind. */
const harmless: ReadonlySet<CanonicalEvent['is']> = new Set<CanonicalEvent['is']>([
  'answer-start',
  'text-start',
  'text-delta',
  'text-end',
  'reasoning-start',
  'reasoning-delta',
  'reasoning-end',
  'citation',
  'usage',
])

/** What may stand before an answer that begins anew. */
const beforeAnswer: ReadonlySet<CanonicalEvent['is']> = new Set<CanonicalEvent['is']>([
  'answer-start',
  'reasoning-start',
  'reasoning-delta',
  'reasoning-end',
  'usage',
])

/** Behind what a stream may be gone on with. */
export interface RelayAsk {
  /** Another target continues a text. */
  readonly continuesText: boolean
  /** Another target answers anew as long as only thinking was told. */
  readonly retriesReasoning: boolean
}

/** How the next attempt goes on. */
type Way = 'continue' | 'begin-again'

export class StreamRelay {
  readonly #ask: RelayAsk
  #line: Line | undefined
  #before: Usage | undefined
  #way: Way | undefined

  constructor(ask: RelayAsk) {
    this.#ask = ask
  }

  /** Whether the stream that was cut holds nothing that cannot be gone on from. */
  get canGoOn(): boolean {
    return this.#wayOn() !== undefined
  }

  /** The stream was cut: the next writer goes on with what this one has begun. */
  cut(usage: Usage | undefined): void {
    this.#way = this.#wayOn()
    if (usage !== undefined) this.#before = this.#before === undefined ? usage : addUsage(this.#before, usage)
  }

  requestFor(request: CanonicalRequest, target: TranslationTarget): CanonicalRequest {
    return this.#way === 'continue' && this.#line !== undefined ? withText(request, this.#line.text, target) : request
  }

  openWriter(open: () => StreamWriter, target: TranslationTarget, request: CanonicalRequest): StreamWriter {
    const line = this.#line
    if (line !== undefined && this.#way === 'continue') return new ContinuingWriter(line, this.#before, !takesUpText(target, request))
    if (line !== undefined && this.#way === 'begin-again') return new RestartingWriter(line, this.#before)
    this.#line = new Line(open())
    return this.#line
  }

  #wayOn(): Way | undefined {
    const line = this.#line
    if (line === undefined) return undefined
    if (line.isOnlyReasoning) return this.#ask.retriesReasoning ? 'begin-again' : undefined
    return this.#ask.continuesText && line.canContinue ? 'continue' : undefined
  }
}

/** The caller's writer, and what was written with it. */
class Line implements StreamWriter {
  readonly #writer: StreamWriter
  #isPlain = true
  #openBlocks = 0
  /** Nothing but thinking, and none that its vendor has signed: a signature goes back to whoever made it, and the next attempt is another's. */
  isOnlyReasoning = true
  text = ''
  /** The block of text that is open. */
  openText: number | undefined
  /** The block of thinking that is open. */
  openReasoning: number | undefined
  nextIndex = 0

  constructor(writer: StreamWriter) {
    this.#writer = writer
  }

  get canContinue(): boolean {
    return this.#isPlain && this.text !== '' && this.#openBlocks === (this.openText === undefined ? 0 : 1)
  }

  get whole(): StreamWriter['whole'] {
    return this.#writer.whole
  }

  write(event: CanonicalEvent): string {
    if (!harmless.has(event.is)) this.#isPlain = false
    if (!beforeAnswer.has(event.is)) this.isOnlyReasoning = false
    if ('index' in event) this.nextIndex = Math.max(this.nextIndex, event.index + 1)
    if (event.is.endsWith('-start') && event.is !== 'answer-start') this.#openBlocks++
    if (event.is.endsWith('-end')) this.#openBlocks--
    this.#follow(event)
    return this.#writer.write(event)
  }

  #follow(event: CanonicalEvent): void {
    if (event.is === 'text-start') this.openText = event.index
    else if (event.is === 'text-end') this.openText = undefined
    else if (event.is === 'text-delta') this.text += event.text
    else if (event.is === 'reasoning-start') this.openReasoning = event.index
    else if (event.is === 'reasoning-end') this.#endReasoning(event.opaque)
  }

  #endReasoning(opaque: Opaque | undefined): void {
    this.openReasoning = undefined
    if (opaque !== undefined && opaque.data !== '') this.isOnlyReasoning = false
  }

  breakOff(failure: Failure): string {
    return this.#writer.breakOff?.(failure) ?? ''
  }
}

/** Another answer from its beginning, behind the thinking of one that was cut. */
class RestartingWriter implements StreamWriter {
  readonly #line: Line
  readonly #usageBefore: Usage | undefined
  /** Where its blocks begin; undefined until it has said something: as long as it may still fail, nothing is closed for it. */
  #firstIndex: number | undefined

  constructor(line: Line, usageBefore: Usage | undefined) {
    this.#line = line
    this.#usageBefore = usageBefore
  }

  get whole(): StreamWriter['whole'] {
    return this.#line.whole
  }

  breakOff(failure: Failure): string {
    return this.#line.breakOff(failure)
  }

  write(event: CanonicalEvent): string {
    if ('index' in event) return this.#writeOfBlock(event)
    switch (event.is) {
      case 'answer-start':
      case 'failure':
        return ''
      case 'usage':
        return this.#line.write(withUsageBefore(event, this.#usageBefore))
      case 'logprobs':
      case 'finish':
        return this.#begin() + this.#line.write(event)
    }
  }

  #writeOfBlock(event: Extract<CanonicalEvent, { index: number }>): string {
    const begun = this.#begin()
    return begun + this.#line.write({ ...event, index: (this.#firstIndex ?? 0) + event.index })
  }

  /** The thinking that was cut is closed like one that has ended. */
  #begin(): string {
    if (this.#firstIndex !== undefined) return ''
    this.#firstIndex = this.#line.nextIndex
    const index = this.#line.openReasoning
    return index === undefined ? '' : this.#line.write({ is: 'reasoning-end', index })
  }
}

class ContinuingWriter implements StreamWriter {
  readonly #line: Line
  readonly #usageBefore: Usage | undefined
  readonly #wasAsked: boolean
  /** By the index that the provider's events have; undefined: the block is not told. */
  readonly #indexes = new Map<number, number | undefined>()
  /** The first text, until it is clear what of it is new; undefined behind that. */
  #held: string | undefined = ''
  #joined: number | undefined

  constructor(line: Line, usageBefore: Usage | undefined, wasAsked: boolean) {
    this.#line = line
    this.#usageBefore = usageBefore
    this.#wasAsked = wasAsked
  }

  get whole(): StreamWriter['whole'] {
    return this.#line.whole
  }

  breakOff(failure: Failure): string {
    return this.#line.breakOff(failure)
  }

  write(event: CanonicalEvent): string {
    if ('index' in event) return this.#writeOfBlock(event)
    switch (event.is) {
      case 'answer-start':
      case 'logprobs':
      case 'failure':
        return ''
      case 'usage':
        return this.#line.write(withUsageBefore(event, this.#usageBefore))
      case 'finish':
        return this.#closeText() + this.#line.write(event)
    }
  }

  #writeOfBlock(event: Extract<CanonicalEvent, { index: number }>): string {
    if (event.is.startsWith('reasoning-')) return ''
    if (event.is === 'text-start' && this.#joined === undefined) return this.#join(event.index)
    if (event.index === this.#joined && event.is === 'text-delta' && this.#held !== undefined) return this.#hold(this.#held + event.text)
    const before = event.index === this.#joined ? this.#release() : this.#closeText()
    if (event.is === 'citation' && event.index === this.#joined) return before
    return before + this.#line.write({ ...event, index: this.#indexOf(event.index) })
  }

  /** The first text goes on with the block that was cut, or begins one where that had ended. */
  #join(index: number): string {
    this.#joined = index
    const open = this.#line.openText
    this.#indexes.set(index, open ?? this.#line.nextIndex)
    return open === undefined ? this.#line.write({ is: 'text-start', index: this.#line.nextIndex }) : ''
  }

  #hold(text: string): string {
    this.#held = text
    return mayOverlap(this.#line.text, text) ? '' : this.#release()
  }

  #release(): string {
    const text = this.#held ?? ''
    const index = this.#line.openText
    this.#held = undefined
    const fresh = text.slice(overlapOf(this.#line.text, text, this.#wasAsked))
    return fresh === '' || index === undefined ? '' : this.#line.write({ is: 'text-delta', index, text: fresh })
  }

  /** Something else follows: the text has ended, whether the provider has said so or not. */
  #closeText(): string {
    const rest = this.#release()
    const index = this.#line.openText
    return index === undefined || this.#isOwnText(index) ? rest : rest + this.#line.write({ is: 'text-end', index })
  }

  /** A later text of the continuation ends by its own event. */
  #isOwnText(index: number): boolean {
    return [...this.#indexes].some(([own, told]) => told === index && own !== this.#joined)
  }

  #indexOf(own: number): number {
    const known = this.#indexes.get(own)
    if (known !== undefined) return known
    const index = this.#line.nextIndex
    this.#indexes.set(own, index)
    return index
  }
}

type UsageEvent = Extract<CanonicalEvent, { is: 'usage' }>

function withUsageBefore(event: UsageEvent, before: Usage | undefined): UsageEvent {
  return before === undefined ? event : { is: 'usage', usage: addUsage(before, event.usage) }
}
