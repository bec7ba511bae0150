/** The conversation of a caller's request. */
import type { Block, ReasoningBlock, TextBlock, ToolCallBlock } from '../canonical/blocks.ts'
import { OpenCalls } from '../canonical/open-calls.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { Part, TextPart } from '../canonical/parts.ts'
import type { ToolResult, Turn } from '../canonical/request.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'
import { behind } from './block-run.ts'
import { fieldOf, listIn, recordIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'
import { readMedia } from './read-media.ts'
import { readResult } from './read-result.ts'
import { readSignature } from './signature.ts'

interface Contents {
  readonly turns: readonly Turn[]
  /** Marks on parts that no other dialect has a place for. */
  readonly extras: Readonly<Record<string, unknown>>
}

/** What a mark on a part is called among the extras. */
export const contentsPrefix = 'contents.'

const partMarks = ['videoMetadata', 'mediaResolution'] as const

export function readContents(body: Fields): Contents {
  const contents = listIn(body, 'contents')
  if (contents.length === 0) throw badField('contents', '`contents` is missing. Send at least one content.')
  const reading: Reading = { turns: [], open: new OpenCalls([]), calls: 0 }
  const extras: Record<string, unknown> = {}
  for (const [at, content] of contents.entries()) {
    const parts = partsOf(content, `contents[${at}]`)
    for (const part of parts) Object.assign(extras, marksOf(part))
    readContent(reading, roleOf(content, at), parts)
  }
  return { turns: reading.turns, extras }
}

function marksOf(part: Fields): Readonly<Record<string, unknown>> {
  const marks = partMarks.map((mark) => [contentsPrefix + mark, fieldOf(part, mark)] as const)
  return Object.fromEntries(marks.filter(([, value]) => value !== undefined))
}

interface Reading {
  readonly turns: Turn[]
  /** Calls of the model's last turn that have no answer yet: answers without an id are theirs by name, in order. */
  open: OpenCalls<ToolCallBlock>
  calls: number
}

function roleOf(content: unknown, at: number): 'user' | 'model' {
  const role = isRecord(content) ? stringIn(content, 'role')?.toLowerCase() : undefined
  if (role === 'model' || role === 'assistant') return 'model'
  // Older clients send results in a role of their own.
  if (role === undefined || role === '' || role === 'user' || role === 'function' || role === 'tool') return 'user'
  throw badField(`contents[${at}].role`, `\`contents[${at}].role\` must be \`user\` or \`model\`.`)
}

function readContent(reading: Reading, role: 'user' | 'model', parts: readonly Fields[]): void {
  if (role === 'model') {
    const blocks = blocksOf(parts, reading)
    reading.open = new OpenCalls(blocks.filter((block) => block.is === 'tool-call'))
    reading.turns.push({ role: 'assistant', blocks })
    return
  }
  const results = parts.flatMap((part) => {
    const response = recordIn(part, 'functionResponse')
    return response === undefined ? [] : [resultOf(response, reading)]
  })
  if (results.length > 0) reading.turns.push({ role: 'tool', results })
  const said = parts.filter((part) => fieldOf(part, 'functionResponse') === undefined).map(userPart)
  if (said.length > 0) reading.turns.push({ role: 'user', parts: said })
}

function partsOf(content: unknown, place: string): readonly Fields[] {
  if (typeof content === 'string') return [{ text: content }]
  if (!isRecord(content)) throw badField(place, `\`${place}\` must be an object with \`parts\`.`)
  return listIn(content, 'parts').map((part, at) => {
    if (typeof part === 'string') return { text: part }
    if (!isRecord(part)) throw badField(`${place}.parts[${at}]`, `\`${place}.parts[${at}]\` must be an object.`)
    return part
  })
}

/** The texts of a content, such as the system instruction. */
export function textPartsOf(content: unknown, place: string): readonly TextPart[] {
  if (content === undefined) return []
  return partsOf(content, place).map((part, at) => {
    const text = stringIn(part, 'text')
    if (text === undefined) throw badField(`${place}.parts[${at}]`, `\`${place}\` can only hold text.`)
    return { is: 'text', text }
  })
}

function userPart(part: Fields): Part {
  const text = stringIn(part, 'text')
  return text === undefined ? readMedia(part) : { is: 'text', text }
}

function resultOf(response: Fields, reading: Reading): ToolResult {
  const name = textIn(fieldOf(response, 'name'))
  const id = textIn(fieldOf(response, 'id'))
  const call = id === undefined ? reading.open.withName(name ?? '') : reading.open.withId(id)
  const callId = call?.id ?? id ?? mintToolCallId(`result ${name ?? ''}`, reading.calls++)
  return { callId, ...(name !== undefined && { name }), ...readResult(response) }
}

function blocksOf(parts: readonly Fields[], reading: Reading): readonly Block[] {
  const blocks: Block[] = []
  for (const part of parts) addBlock(blocks, part, reading)
  return blocks
}

function addBlock(blocks: Block[], part: Fields, reading: Reading): void {
  const signature = textIn(fieldOf(part, 'thoughtSignature'))
  const opaque = signature === undefined ? undefined : readSignature(signature)
  const call = recordIn(part, 'functionCall')
  const text = stringIn(part, 'text')
  if (call !== undefined) blocks.push(callOf(call, opaque, reading))
  else if (text !== undefined) addText(blocks, { is: fieldOf(part, 'thought') === true ? 'reasoning' : 'text', text, opaque })
  else blocks.push(otherBlock(part, opaque))
}

function callOf(call: Fields, opaque: Opaque | undefined, reading: Reading): Block {
  const name = textIn(fieldOf(call, 'name')) ?? ''
  // The place in the conversation makes the same id each time the conversation is sent.
  const id = textIn(fieldOf(call, 'id')) ?? mintToolCallId(`call ${name}`, reading.calls++)
  const args = fieldOf(call, 'args')
  const argumentsText = JSON.stringify(isRecord(args) ? args : {})
  return { is: 'tool-call', id, name, argumentsText, ...(opaque !== undefined && { opaque }) }
}

interface SaidText {
  readonly is: 'text' | 'reasoning'
  readonly text: string
  readonly opaque: Opaque | undefined
}

/** Clients that put a stream together leave its pieces as parts: unsigned ones in a row are one text, as the model wrote it. */
function addText(blocks: Block[], said: SaidText): void {
  const { is, text, opaque } = said
  if (text === '') {
    if (opaque !== undefined) addSignature(blocks, opaque)
    return
  }
  const last = unsignedIn(blocks)
  if (opaque === undefined && last?.is === is) blocks[blocks.length - 1] = { ...last, text: last.text + text }
  else blocks.push({ is, text, ...(opaque !== undefined && { opaque }) })
}

/** An empty part that only signs: for the text before it, or, where there is none, for itself. */
function addSignature(blocks: Block[], opaque: Opaque): void {
  // A sealed value knows where it sat; the vendor's own sat right here.
  const placed = opaque.origin.provider === undefined ? { ...opaque, id: behind } : opaque
  const last = unsignedIn(blocks)
  if (last === undefined) blocks.push({ is: 'reasoning', text: '', opaque: placed })
  else blocks[blocks.length - 1] = { ...last, opaque: placed }
}

function unsignedIn(blocks: readonly Block[]): TextBlock | ReasoningBlock | undefined {
  const last = blocks.at(-1)
  return (last?.is === 'text' || last?.is === 'reasoning') && last.opaque === undefined ? last : undefined
}

/** Images that the model made, and parts that only Gemini knows: code that it ran, results of its own tools. */
function otherBlock(part: Fields, opaque: Opaque | undefined): Block {
  const media = readMedia(part)
  if (media.is === 'image' && opaque === undefined) return { is: 'image', source: media.source }
  const type = media.is === 'opaque' ? media.type : 'inlineData'
  const value = opaque === undefined ? part : { ...part, thoughtSignature: opaque.data }
  return { is: 'opaque', type, origin: 'gemini-generate', value }
}
