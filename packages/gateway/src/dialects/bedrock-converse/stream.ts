/** Reads a stream of ConverseStream. Only tool calls announce their blocks; any other block begins with its first delta. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { Citation } from '../canonical/blocks.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { ToolNames, unwrapCustomInput } from '../canonical/tool-names.ts'
import type { StreamReader } from '../dialect.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { callId, citationOf, isServerTool, redacted, stopSequenceIn } from './answer.ts'
import { frameFailure } from './failure.ts'
import { finishOf, stopFailure } from './finish.ts'
import { FrameReader } from './frames.ts'
import type { Frame } from './frames.ts'
import { jsonToolName } from './json-tool.ts'
import { toolNameRule } from './tools.ts'
import { usageFromBedrock } from './usage.ts'

/** `nothing`: a block that no caller can hold. */
type Open =
  | { readonly is: 'text'; readonly index: number }
  | { readonly is: 'reasoning'; readonly index: number; signature: string; redacted: Opaque | undefined }
  | { readonly is: 'tool-call'; readonly index: number; hasInput: boolean }
  /** Free text wrapped in JSON: it can be told when it is whole. */
  | { readonly is: 'custom-call'; readonly index: number; input: string }
  | { readonly is: 'nothing' }

type Fields = Record<string, unknown>
type Finished = Extract<CanonicalEvent, { is: 'finish' }>

export class ConverseReader implements StreamReader {
  readonly #origin: Origin
  readonly #names: ToolNames
  readonly #frames = new FrameReader((frame) => this.#hear(frame))
  /** By Bedrock's own numbers, which need be neither dense nor from 0. */
  readonly #open = new Map<number, Open>()
  /** Numbers of blocks that are calls of the tool that stands for a JSON answer. */
  readonly #json = new Set<number>()
  /** What comes before the text that it supports. */
  #citations: Citation[] = []
  #blocks = 0
  #calls = 0
  #finish: Finished | undefined
  #told: CanonicalEvent[] = []
  dataEvents = 0
  ended: StreamReader['ended'] = 'no'
  failure: Failure | undefined
  usage: Usage | undefined

  /** @param request what was asked, for the names of its tools. */
  constructor(origin: Origin, request?: CanonicalRequest) {
    this.#origin = origin
    this.#names = new ToolNames(request, toolNameRule)
  }

  take(chunk: Buffer): readonly CanonicalEvent[] {
    if (this.failure === undefined && this.ended !== 'done') this.#frames.take(chunk)
    if (this.#frames.failure !== undefined) this.#fail(this.#frames.failure)
    return this.#tell()
  }

  /** The counts come behind the reason to stop; a stream that was cut between the two has been told whole. */
  end(): readonly CanonicalEvent[] {
    if (this.ended === 'finish') this.#close()
    return this.#tell()
  }

  #tell(): readonly CanonicalEvent[] {
    const told = this.#told
    this.#told = []
    return told
  }

  #hear(frame: Frame): void {
    if (this.failure !== undefined || this.ended === 'done') return
    this.dataEvents++
    const kind = frame.headers[':message-type']
    if (kind === 'exception' || kind === 'error') return this.#fail(frameFailure(frame))
    const json = parseJson(frame.payload.toString())
    if (!isRecord(json)) return this.#fail(notJson)
    const event = frame.headers[':event-type'] ?? ''
    if (this.ended === 'no' || event === 'metadata') this.#listenerOf(event)?.(json)
  }

  /** Events that are not here are of no concern to a caller. */
  #listenerOf(event: string): ((json: Fields) => void) | undefined {
    return Object.hasOwn(this.#listeners, event) ? this.#listeners[event] : undefined
  }

  readonly #listeners: Readonly<Record<string, (json: Fields) => void>> = {
    messageStart: () => void this.#told.push({ is: 'answer-start' }),
    contentBlockStart: (json) => this.#start(numberOf(json), json['start']),
    contentBlockDelta: (json) => this.#delta(numberOf(json), json['delta']),
    contentBlockStop: (json) => this.#stop(numberOf(json)),
    messageStop: (json) => this.#stopMessage(json),
    metadata: (json) => this.#metadata(json),
  }

  #start(number: number, start: unknown): void {
    if (!isRecord(start)) return
    const { toolUse } = start
    if (!isRecord(toolUse) || isServerTool(toolUse)) return void this.#open.set(number, { is: 'nothing' })
    if (toolUse['name'] === jsonToolName) return void this.#json.add(number)
    // Told twice, it is one call: a second would never end.
    if (this.#open.has(number)) return
    this.#closeQuiet(number)
    const name = this.#names.back(textIn(toolUse['name']) ?? '')
    const isCustom = this.#names.isCustom(name)
    const index = this.#blocks++
    this.#calls++
    this.#open.set(number, isCustom ? { is: 'custom-call', index, input: '' } : { is: 'tool-call', index, hasInput: false })
    const id = callId(toolUse, index, this.#origin)
    this.#told.push({ is: 'tool-call-start', index, id, name, ...(isCustom && { custom: true }) })
  }

  #delta(number: number, delta: unknown): void {
    if (!isRecord(delta)) return
    const { text, toolUse, reasoningContent, citation } = delta
    if (typeof text === 'string') this.#text(number, text)
    else if (isRecord(toolUse)) this.#input(number, textIn(toolUse['input']) ?? '')
    else if (isRecord(reasoningContent)) this.#reason(number, reasoningContent)
    else if (isRecord(citation)) this.#cite(number, citationOf(citation))
  }

  #text(number: number, text: string): void {
    if (text === '') return
    const block = this.#openBlock(number, 'text')
    if (block?.is !== 'text') return
    this.#told.push({ is: 'text-delta', index: block.index, text })
    for (const citation of this.#citations.splice(0)) this.#told.push({ is: 'citation', index: block.index, citation })
  }

  #input(number: number, argumentsText: string): void {
    const block = this.#open.get(number)
    if (this.#json.has(number)) return this.#text(number, argumentsText)
    if (block?.is === 'custom-call') block.input += argumentsText
    if (argumentsText === '' || block?.is !== 'tool-call') return
    block.hasInput = true
    this.#told.push({ is: 'tool-call-delta', index: block.index, argumentsText })
  }

  #reason(number: number, content: Fields): void {
    const text = textIn(content['text'])
    const signature = textIn(content['signature'])
    const hidden = textIn(content['redactedContent'])
    if (text === undefined && signature === undefined && hidden === undefined) return
    const block = this.#openBlock(number, 'reasoning')
    if (block?.is !== 'reasoning') return
    if (text !== undefined) this.#told.push({ is: 'reasoning-delta', index: block.index, text })
    if (signature !== undefined) block.signature += signature
    if (hidden !== undefined) block.redacted = redacted(hidden, this.#origin)
  }

  #cite(number: number, citation: Citation): void {
    const block = this.#open.get(number)
    if (block?.is === 'text') this.#told.push({ is: 'citation', index: block.index, citation })
    else this.#citations.push(citation)
  }

  /** The block of that number, begun now where this is its first delta. */
  #openBlock(number: number, is: 'text' | 'reasoning'): Open | undefined {
    const known = this.#open.get(number)
    if (known !== undefined) return known
    this.#closeQuiet(number)
    const index = this.#blocks++
    const block: Open = is === 'text' ? { is, index } : { is, index, signature: '', redacted: undefined }
    this.#open.set(number, block)
    this.#told.push({ is: `${is}-start`, index })
    return block
  }

  /** Recorded streams leave the stop of some blocks out: what the next block finds open ends before it. */
  #closeQuiet(next: number): void {
    for (const [number, { is }] of this.#open) if (number !== next && (is === 'text' || is === 'reasoning')) this.#stop(number)
  }

  #stop(number: number): void {
    const block = this.#open.get(number)
    this.#open.delete(number)
    if (block !== undefined && block.is !== 'nothing') this.#told.push(...this.#endOf(block))
  }

  #endOf(block: Exclude<Open, { is: 'nothing' }>): readonly CanonicalEvent[] {
    const { index } = block
    switch (block.is) {
      case 'text':
        return [{ is: 'text-end', index }]
      case 'reasoning':
        return [{ is: 'reasoning-end', index, opaque: this.#opaqueOf(block) }]
      case 'custom-call':
        return [
          { is: 'tool-call-delta', index, argumentsText: unwrapCustomInput(block.input) },
          { is: 'tool-call-end', index },
        ]
      case 'tool-call':
        // Nothing at all is what a model says that calls a tool without arguments.
        return block.hasInput
          ? [{ is: 'tool-call-end', index }]
          : [
              { is: 'tool-call-delta', index, argumentsText: '{}' },
              { is: 'tool-call-end', index },
            ]
    }
  }

  #opaqueOf(block: Extract<Open, { is: 'reasoning' }>): Opaque {
    return block.redacted ?? { origin: this.#origin, data: block.signature }
  }

  #stopMessage(json: Fields): void {
    const raw = textIn(json['stopReason']) ?? ''
    const failure = stopFailure(raw)
    if (failure !== undefined) return this.#fail(failure)
    for (const number of this.#open.keys()) this.#stop(number)
    const stopSequence = stopSequenceIn(json)
    this.#finish = {
      is: 'finish',
      finish: finishOf(raw, this.#calls > 0),
      ...(raw !== '' && { raw }),
      ...(stopSequence !== undefined && { stopSequence }),
    }
    this.ended = 'finish'
  }

  #metadata(json: Fields): void {
    this.usage = usageFromBedrock(json['usage']) ?? this.usage
    if (this.#finish !== undefined) this.#close()
  }

  #close(): void {
    if (this.#finish === undefined) return
    if (this.usage !== undefined) this.#told.push({ is: 'usage', usage: this.usage })
    this.#told.push(this.#finish)
    this.#finish = undefined
    this.ended = 'done'
  }

  #fail(failure: Failure): void {
    if (this.failure !== undefined) return
    this.failure = failure
    this.#told.push({ is: 'failure', failure })
  }
}

const notJson: Failure = { reason: 'bad-answer', message: 'The provider sent a stream event that is not JSON.', sent: 'yes' }

function numberOf(json: Fields): number {
  const number = json['contentBlockIndex']
  return typeof number === 'number' ? number : 0
}
