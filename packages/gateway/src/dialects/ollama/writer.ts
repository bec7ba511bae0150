/** Writes answers as Ollama does: one JSON object a line, and the timings in nanoseconds on the last. */
import type { CanonicalAnswer, Finish } from '../canonical/answer.ts'
import type { ImageBlock, OpaqueBlock, ToolCallBlock } from '../canonical/blocks.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Usage } from '../../domain/usage.ts'
import { escapeSeparators, isRecord, parseJson } from '../wire.ts'
import type { StreamWriter, WriterAsk } from '../dialect.ts'
import { countsFor } from './usage.ts'

/** What one line says. */
export interface Said {
  readonly content: string
  readonly thinking?: string
  readonly calls?: readonly SaidCall[]
  /** Base64. */
  readonly images?: readonly string[]
}

export interface SaidCall {
  readonly id: string
  readonly index: number
  readonly name: string
  readonly argumentsText: string
  readonly custom: boolean
}

/** Where the operation puts what is said: under `message`, or in `response`. */
export type Shape = (said: Said) => Record<string, unknown>

type DoneReason = 'stop' | 'length'

const doneReasons: Readonly<Record<Finish, DoneReason>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-full': 'length',
  'tool-calls': 'stop',
  'content-filter': 'stop',
  pause: 'stop',
  other: 'stop',
}

/** Arguments are objects here; a text that is cut off or no object stays readable. */
export function argumentsObject({ argumentsText, custom }: Pick<SaidCall, 'argumentsText' | 'custom'>): Record<string, unknown> {
  if (custom) return { input: argumentsText }
  if (argumentsText.trim() === '') return {}
  const json = parseJson(argumentsText)
  return isRecord(json) ? json : { _raw: argumentsText }
}

export function writeOllamaAnswer(answer: CanonicalAnswer, ask: WriterAsk, shape: Shape): Buffer {
  const said = saidIn(answer)
  const logprobs = answer.logprobs === undefined ? {} : { logprobs: answer.logprobs }
  const body = {
    ...headOf(ask),
    ...shape(said),
    ...endOf(answer.finish, answer.usage, timingsOf(ask, undefined)),
    ...logprobs,
  }
  return Buffer.from(JSON.stringify(body))
}

function saidIn({ blocks }: CanonicalAnswer): Said {
  const thinking = blocks.map((block) => (block.is === 'reasoning' ? block.text : '')).join('')
  const calls = blocks.filter((block) => block.is === 'tool-call')
  const images = blocks.flatMap((block) => (block.is === 'image' && block.source.is === 'base64' ? [block.source.data] : []))
  return {
    content: blocks.map((block) => (block.is === 'text' || block.is === 'refusal' ? block.text : '')).join(''),
    ...(thinking !== '' && { thinking }),
    ...(calls.length > 0 && { calls: calls.map(saidCall) }),
    ...(images.length > 0 && { images }),
  }
}

function saidCall({ id, name, argumentsText, custom = false }: ToolCallBlock, index: number): SaidCall {
  return { id, index, name, argumentsText, custom }
}

function headOf({ model, createdAt }: WriterAsk): Record<string, unknown> {
  return { model, created_at: new Date(createdAt * 1000).toISOString() }
}

interface Timings {
  readonly totalMs: number
  readonly firstContentMs: number
}

/** Zeros where nobody has a watch. */
function timingsOf({ elapsedMs }: WriterAsk, firstContentMs: number | undefined): Timings {
  const totalMs = elapsedMs?.() ?? 0
  return { totalMs, firstContentMs: firstContentMs ?? totalMs }
}

function endOf(finish: Finish, usage: Usage | undefined, { totalMs, firstContentMs }: Timings): Record<string, unknown> {
  const { prompt_eval_count: promptCount, eval_count: count } = countsFor(usage)
  return {
    done: true,
    done_reason: doneReasons[finish],
    total_duration: nanoseconds(totalMs),
    load_duration: 0,
    ...(promptCount !== undefined && { prompt_eval_count: promptCount }),
    prompt_eval_duration: nanoseconds(firstContentMs),
    ...(count !== undefined && { eval_count: count }),
    eval_duration: nanoseconds(totalMs - firstContentMs),
  }
}

function nanoseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000_000))
}

export class OllamaWriter implements StreamWriter {
  readonly #ask: WriterAsk
  readonly #shape: Shape
  /** Calls that are still coming, by block: a line holds a whole one. */
  readonly #calls = new Map<number, { id: string; name: string; custom: boolean; text: string }>()
  #toldCalls = 0
  #usage: Usage | undefined
  #firstContentMs: number | undefined

  constructor(ask: WriterAsk, shape: Shape) {
    this.#ask = ask
    this.#shape = shape
  }

  write(event: CanonicalEvent): string {
    if ('index' in event) return this.#writeBlock(event)
    if (event.is === 'logprobs') return this.#line({ content: '' }, { logprobs: event.content })
    if (event.is === 'usage') this.#usage = event.usage
    if (event.is !== 'finish') return ''
    return this.#line({ content: '' }, endOf(event.finish, this.#usage, timingsOf(this.#ask, this.#firstContentMs)))
  }

  #writeBlock(event: Extract<CanonicalEvent, { index: number }>): string {
    if ('text' in event) return this.#line(event.is === 'reasoning-delta' ? { content: '', thinking: event.text } : { content: event.text })
    if (event.is === 'block') return this.#writeImage(event.block)
    if (event.is === 'tool-call-start') {
      this.#calls.set(event.index, { id: event.id, name: event.name, custom: event.custom === true, text: '' })
    }
    if (event.is === 'tool-call-delta') this.#growCall(event.index, event.argumentsText)
    return event.is === 'tool-call-end' ? this.#endCall(event.index) : ''
  }

  #writeImage(block: ImageBlock | OpaqueBlock): string {
    if (block.is === 'opaque' || block.source.is !== 'base64') return ''
    return this.#line({ content: '', images: [block.source.data] })
  }

  #growCall(index: number, argumentsText: string): void {
    const call = this.#calls.get(index)
    if (call !== undefined) call.text += argumentsText
  }

  #endCall(index: number): string {
    const call = this.#calls.get(index)
    if (call === undefined) return ''
    this.#calls.delete(index)
    const { id, name, custom, text } = call
    return this.#line({ content: '', calls: [{ id, index: this.#toldCalls++, name, argumentsText: text, custom }] })
  }

  #line(said: Said, more: Record<string, unknown> = { done: false }): string {
    this.#firstContentMs ??= this.#ask.elapsedMs?.()
    const line = { ...headOf(this.#ask), ...this.#shape(said), done: false, ...more }
    return `${escapeSeparators(JSON.stringify(line))}\n`
  }
}
