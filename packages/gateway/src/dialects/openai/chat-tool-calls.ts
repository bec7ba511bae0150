/**
 * Tool calls out of the deltas of a chat stream, whichever way a provider of the family sends them: with or without index, id and
 * name, in pieces that interleave, or whole.
 */
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { unwrapCustomInput } from '../canonical/tool-names.ts'
import type { ToolNames } from '../canonical/tool-names.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'

interface Call {
  /** Of its block, once it was told. */
  index: number | undefined
  id: string
  name: string
  custom: boolean
  /** A custom tool that went there as a function: its text is known when the arguments are complete. */
  wrapped: boolean
  /** What was told of the arguments. */
  told: string
  /** How much was told when it was last seen to be incomplete: only more can make it whole. */
  seenIncomplete: number
  /** What waits: before the block starts, and while it could still be no arguments at all. */
  held: string
  opaque: Opaque | undefined
  ended: boolean
}

function newCall(): Call {
  return {
    index: undefined,
    id: '',
    name: '',
    custom: false,
    wrapped: false,
    told: '',
    seenIncomplete: 0,
    held: '',
    opaque: undefined,
    ended: false,
  }
}

export interface ToolCallsOptions {
  /** Ends the block before and gives the next index. */
  readonly open: () => number
  readonly tell: (event: CanonicalEvent) => void
  /** What ids are made from where the provider gives none. */
  readonly seed: () => string
  readonly origin: Origin
  /** What the caller's tools are called there. */
  readonly names: ToolNames
}

/** Ways of saying that a call has no arguments, and their beginnings. */
const nothingYet = /^\s*(?:\{\s*\}|n|nu|nul|null)?\s*$/

export class ToolCalls {
  readonly #options: ToolCallsOptions
  readonly #calls: Call[] = []
  readonly #byPlace = new Map<number, Call>()

  constructor(options: ToolCallsOptions) {
    this.#options = options
  }

  get any(): boolean {
    return this.#calls.length > 0
  }

  /** @param place in the list of a whole answer; undefined in a stream, where the delta itself says it, or does not. */
  hear(delta: Record<string, unknown>, place?: number): void {
    const said = saidOf(delta)
    const call = this.#callFor(said, place ?? said.place)
    if (call.ended) return
    if (call.id === '') call.id = said.id
    if (call.name === '') call.name = said.name
    if (said.custom) call.custom = true
    if (said.signature !== undefined) call.opaque = { origin: this.#options.origin, data: said.signature }
    this.#feed(call, said.argumentsText)
  }

  /** Ends the calls whose arguments are complete. False: one is still open. */
  endComplete(): boolean {
    for (const call of this.#calls) if (!call.ended && isComplete(call)) this.#end(call)
    return this.#calls.every(({ ended }) => ended)
  }

  endAll(): void {
    for (const call of this.#calls) if (!call.ended) this.#end(call)
  }

  #callFor(said: Said, place: number | undefined): Call {
    const known = place === undefined ? this.#calls.at(-1) : this.#byPlace.get(place)
    if (known !== undefined && !isAnother(known, said, place)) return known
    this.endComplete()
    const call = newCall()
    // Some leave out the place at first and say it later.
    this.#byPlace.set(place ?? this.#calls.length, call)
    this.#calls.push(call)
    return call
  }

  #feed(call: Call, piece: string): void {
    call.held += piece
    if (call.index === undefined) {
      if (call.name === '' || (call.id === '' && call.held === '')) return
      this.#start(call)
    }
    if (call.wrapped) return
    if (!call.custom && call.told === '') {
      if (nothingYet.test(call.held)) return
      // Some servers begin with the empty object that Anthropic's streams begin with, and then send the real one.
      call.held = call.held.replace(/^\s*\{\s*\}\s*(?=\{)/, '')
    }
    this.#give(call)
  }

  #start(call: Call): void {
    call.index = this.#options.open()
    if (call.id === '') call.id = mintToolCallId(this.#options.seed(), this.#calls.indexOf(call))
    const { index, id } = call
    const name = this.#options.names.back(call.name)
    call.wrapped = !call.custom && this.#options.names.isCustom(name)
    this.#options.tell({ is: 'tool-call-start', index, id, name, ...((call.custom || call.wrapped) && { custom: true }) })
  }

  #give(call: Call): void {
    const { held, index } = call
    if (held === '' || index === undefined) return
    call.told += held
    call.held = ''
    this.#options.tell({ is: 'tool-call-delta', index, argumentsText: held })
  }

  #end(call: Call): void {
    call.ended = true
    if (call.index === undefined) this.#start(call)
    const { index, opaque, held } = call
    if (index === undefined) return
    if (call.wrapped) call.held = unwrapCustomInput(held)
    else if (!call.custom && call.told === '' && /^\s*(?:null)?\s*$/.test(held)) call.held = '{}'
    this.#give(call)
    this.#options.tell({ is: 'tool-call-end', index, ...(opaque !== undefined && { opaque }) })
  }
}

/** What one delta says of one call. */
interface Said {
  readonly place: number | undefined
  readonly id: string
  readonly name: string
  readonly custom: boolean
  readonly argumentsText: string
  readonly signature: string | undefined
}

function saidOf(delta: Record<string, unknown>): Said {
  const custom = isRecord(delta['custom']) ? delta['custom'] : undefined
  const called = custom ?? (isRecord(delta['function']) ? delta['function'] : {})
  const place = delta['index']
  return {
    place: typeof place === 'number' ? place : undefined,
    id: textIn(delta['id']) ?? '',
    name: textIn(called['name']) ?? '',
    custom: custom !== undefined || delta['type'] === 'custom',
    argumentsText: argumentsIn(custom === undefined ? called['arguments'] : custom['input']),
    signature: signatureIn(delta),
  }
}

/** Some servers of the family send the arguments as an object. */
function argumentsIn(value: unknown): string {
  if (typeof value === 'string') return value
  return isRecord(value) ? JSON.stringify(value) : ''
}

/** Where Google's OpenAI-compatible answers carry the signature of a thought. */
export function signatureIn(holder: Record<string, unknown>): string | undefined {
  const extra = holder['extra_content']
  const google = isRecord(extra) ? extra['google'] : undefined
  return isRecord(google) ? textIn(google['thought_signature']) : undefined
}

/** Whether the delta begins another call, though it stands in the same place as this one. */
function isAnother(call: Call, said: Said, place: number | undefined): boolean {
  const { id, name, argumentsText } = said
  if (id !== '') return hasOtherId(call, said, place)
  if (name === '') return false
  if (place === undefined && name !== call.name) return call.name !== ''
  // The same place, a name and no id: the next of several calls where the one before is whole (Google), else a name said again.
  return argumentsText.trimStart().startsWith('{') && isComplete(call)
}

function hasOtherId(call: Call, { id, name }: Said, place: number | undefined): boolean {
  if (call.id === '') return call.index !== undefined && name !== ''
  return id !== call.id && (name !== '' || place === undefined)
}

function isComplete(call: Call): boolean {
  if (call.custom || call.wrapped || call.index === undefined || call.told === '' || call.held !== '') return false
  if (call.seenIncomplete === call.told.length) return false
  const isWhole = call.told.trimEnd().endsWith('}') && isRecord(parseJson(call.told))
  if (!isWhole) call.seenIncomplete = call.told.length
  return isWhole
}
