/** The items of a conversation in the Responses API, read into turns. */
import { refuse } from '../../domain/failure.ts'
import type { Block, Citation, ReasoningBlock, TextBlock } from '../canonical/blocks.ts'
import { unseal } from '../canonical/opaque.ts'
import type { Part } from '../canonical/parts.ts'
import type { Turn } from '../canonical/request.ts'
import { mergeTurns } from '../canonical/turns.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'
import { citationOf } from './annotations.ts'
import { wrapInput } from './custom-input.ts'
import { needText, readParts, readTexts } from './read-parts.ts'
import type { ToolNames } from './tool-names.ts'

const origin = 'openai-responses'

type Item = Record<string, unknown>

/** @throws RefusedCall (400) naming the item at fault. */
export function readInput(input: unknown, names: ToolNames): readonly Turn[] {
  if (input === undefined || input === null) return []
  if (typeof input === 'string') return [{ role: 'user', parts: [{ is: 'text', text: input }] }]
  if (!Array.isArray(input)) throw badField('input', '`input` must be a text or a list of items.')
  const turns: Turn[] = []
  for (const [at, item] of input.entries()) {
    const place = `input[${at}]`
    if (!isRecord(item)) throw badField(place, `\`${place}\` must be an item with a \`type\`.`)
    const turn = readItem(item, place, names)
    if (turn !== undefined) turns.push(turn)
  }
  return mergeTurns(turns, joinedRoles)
}

/** What the assistant did between two other items is one turn of it; so are the results in a row (dialects rs3). */
const joinedRoles: ReadonlySet<Turn['role']> = new Set<Turn['role']>(['assistant', 'tool'])

type ItemReader = (item: Item, place: string, names: ToolNames) => Turn | undefined

const readers: Readonly<Record<string, ItemReader>> = {
  message: readMessage,
  function_call: readCall,
  custom_tool_call: readCall,
  function_call_output: readResult,
  custom_tool_call_output: readResult,
  reasoning: (item) => {
    const block = readReasoning(item)
    return block === undefined ? undefined : { role: 'assistant', blocks: [block] }
  },
  item_reference: (item, place) => {
    throw refuse('bad-request', `There is no kept item \`${textIn(item['id']) ?? ''}\`. Send the item itself.`, { param: place })
  },
}

function readItem(item: Item, place: string, names: ToolNames): Turn | undefined {
  const type = textIn(item['type']) ?? (textIn(item['role']) === undefined ? '' : 'message')
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (reader !== undefined) return reader(item, place, names)
  if (type === '') throw badField(place, `\`${place}\` must have a \`type\`.`)
  // What the vendor's own tools did, and what the caller answers them, only the vendor understands.
  if (comesFromCaller(type)) return { role: 'user', parts: [{ is: 'opaque', type, origin, value: item }] }
  return { role: 'assistant', blocks: [{ is: 'opaque', type, origin, value: item }] }
}

function comesFromCaller(type: string): boolean {
  return type.endsWith('_output') || type.endsWith('_response') || type.startsWith('configuration_')
}

function readMessage(item: Item, place: string): Turn {
  const { content } = item
  const role = textIn(item['role'])
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', parts: readTexts(content, `${place}.content`) }
    case 'assistant':
      return { role: 'assistant', blocks: readSaid(content, `${place}.content`) }
    case 'user':
    case undefined:
      return { role: 'user', parts: readParts(content, `${place}.content`) }
    default:
      throw badField(`${place}.role`, `\`${place}.role\` must be user, assistant, system or developer.`)
  }
}

/** What the assistant said. */
function readSaid(content: unknown, place: string): readonly Block[] {
  if (typeof content === 'string') return [{ is: 'text', text: content }]
  if (!Array.isArray(content)) throw badField(place, `\`${place}\` must be a text or a list of parts.`)
  return content.map((part: unknown, at): Block => {
    if (isRecord(part) && part['type'] === 'refusal') return { is: 'refusal', text: textIn(part['refusal']) ?? '' }
    if (isRecord(part) && part['type'] === 'output_text') return readText(part)
    const [read] = readParts([part], `${place}[${at}]`)
    return blockOf(read)
  })
}

function blockOf(part: Part | undefined): Block {
  if (part?.is === 'text') return { is: 'text', text: part.text }
  if (part?.is === 'image') return { is: 'image', source: part.source }
  return { is: 'opaque', type: 'content', origin, value: part?.is === 'opaque' ? part.value : part }
}

export function readText(part: Item): TextBlock {
  const citations: Citation[] = Array.isArray(part['annotations']) ? part['annotations'].filter(isRecord).map(citationOf) : []
  return { is: 'text', text: textIn(part['text']) ?? '', ...(citations.length > 0 && { citations }) }
}

function readCall(item: Item, place: string, names: ToolNames): Turn {
  const name = names.flat(needText(item, 'name', place), textIn(item['namespace']))
  const custom = item['type'] === 'custom_tool_call'
  const argumentsText = custom ? wrapInput(needText(item, 'input', place)) : needText(item, 'arguments', place)
  return { role: 'assistant', blocks: [{ is: 'tool-call', id: needText(item, 'call_id', place), name, argumentsText }] }
}

function readResult(item: Item, place: string): Turn {
  const parts = item['output'] === undefined ? [] : readParts(outputOf(item['output']), `${place}.output`)
  return { role: 'tool', results: [{ callId: needText(item, 'call_id', place), parts, isError: false }] }
}

/** Some clients send an object of their own; the model reads it as JSON. */
function outputOf(output: unknown): unknown {
  return isRecord(output) ? JSON.stringify(output) : output
}

/** undefined: nothing is in it, such as a mere name of something that its vendor keeps. */
function readReasoning(item: Item): ReasoningBlock | undefined {
  const text = textsIn(item['summary']) || textsIn(item['content'])
  const sealed = textIn(item['encrypted_content'])
  if (sealed === undefined) return text === '' ? undefined : { is: 'reasoning', text }
  const opaque = unseal(sealed, origin)
  const id = textIn(item['id'])
  // A value that was not sealed is the vendor's own, and so is the id beside it.
  const isRaw = opaque.origin.provider === undefined && opaque.data === sealed
  return { is: 'reasoning', text, opaque: isRaw && id !== undefined ? { ...opaque, id } : opaque }
}

function textsIn(list: unknown): string {
  if (!Array.isArray(list)) return ''
  return list
    .map((each: unknown) => (isRecord(each) ? textIn(each['text']) : undefined))
    .filter((text) => text !== undefined)
    .join('\n\n')
}
