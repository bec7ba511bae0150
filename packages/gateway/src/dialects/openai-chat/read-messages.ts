/** Chat messages as the turns of a conversation. */
import type { Block, TextBlock, ToolCallBlock } from '../canonical/blocks.ts'
import { parseDataUrl } from '../canonical/data-url.ts'
import { unseal } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { ToolResult, Turn } from '../canonical/request.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { mergeTurns } from '../canonical/turns.ts'
import { reasoningGiven } from '../openai/chat-reasoning.ts'
import { signatureIn } from '../openai/chat-tool-calls.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'
import { readParts, readTexts } from './read-parts.ts'

type Fields = Readonly<Record<string, unknown>>

interface Message {
  readonly fields: Fields
  readonly place: string
  /** Ids of the latest calls before it, by the tool's name. */
  readonly called: ReadonlyMap<string, string>
}

/** @throws RefusedCall (400) naming the message at fault. */
export function readMessages(messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages) || messages.length === 0) throw badField('messages', '`messages` must be a list of at least one message.')
  const turns: Turn[] = []
  const called = new Map<string, string>()
  for (const [at, message] of messages.entries()) {
    const place = `messages[${at}]`
    if (!isRecord(message)) throw badField('messages', `\`${place}\` must be an object with a \`role\`.`)
    const turn = readMessage({ fields: message, place, called })
    turns.push(turn)
    note(turn, called)
  }
  return mergeTurns(turns, joinedRoles)
}

function note(turn: Turn, called: Map<string, string>): void {
  if (turn.role !== 'assistant') return
  for (const block of turn.blocks) if (block.is === 'tool-call') called.set(block.name, block.id)
}

/** The results of one turn's calls come as messages of their own. */
const joinedRoles: ReadonlySet<Turn['role']> = new Set<Turn['role']>(['tool'])

function readMessage(message: Message): Turn {
  const { fields, place } = message
  const read = typeof fields['role'] === 'string' && Object.hasOwn(readers, fields['role']) ? readers[fields['role']] : undefined
  if (read === undefined) {
    throw badField('messages', `\`${place}.role\` must be one of ${Object.keys(readers).join(', ')}.`)
  }
  return read(message)
}

const readers: Readonly<Record<string, (message: Message) => Turn>> = {
  system: readSystem,
  developer: readSystem,
  user: ({ fields, place }) => ({ role: 'user', parts: readParts(fields['content'], `${place}.content`), ...nameOf(fields) }),
  assistant: readAssistant,
  tool: readTool,
  function: readFunctionResult,
}

function readSystem({ fields, place }: Message): Turn {
  return { role: 'system', parts: readTexts(fields['content'], `${place}.content`) }
}

function nameOf(fields: Fields): { readonly name?: string } {
  const name = textIn(fields['name'])
  return name === undefined ? {} : { name }
}

function readTool({ fields, place }: Message): Turn {
  const callId = textIn(fields['tool_call_id'])
  if (callId === undefined) throw badField('messages', `\`${place}.tool_call_id\` must be the id of the call that this is the result of.`)
  const result: ToolResult = { callId, ...nameOf(fields), parts: readParts(fields['content'], `${place}.content`), isError: false }
  return { role: 'tool', results: [result] }
}

/** The old kind of result says only whose it is: it belongs to the latest call of that name. */
function readFunctionResult({ fields, place, called }: Message): Turn {
  const { name = '' } = nameOf(fields)
  const result: ToolResult = {
    callId: called.get(name) ?? mintToolCallId(place, 0),
    ...(name !== '' && { name }),
    parts: readParts(fields['content'], `${place}.content`),
    isError: false,
  }
  return { role: 'tool', results: [result] }
}

/** Thinking, words, refusal, pictures, calls: the order in which a chat message says them. */
function readAssistant(message: Message): Turn {
  const { fields, place } = message
  const refusal = textIn(fields['refusal'])
  const blocks: readonly Block[] = [
    ...reasoningGiven(fields, 'openai-chat'),
    ...wordsOf(fields, place),
    ...(refusal === undefined ? [] : [{ is: 'refusal', text: refusal } as const]),
    ...picturesOf(fields),
    ...callsOf(message),
  ]
  return { role: 'assistant', blocks, ...nameOf(fields) }
}

function wordsOf(fields: Fields, place: string): readonly Block[] {
  const content = fields['content']
  const blocks = Array.isArray(content) ? content.flatMap((part, at) => saidIn(part, `${place}.content[${at}]`)) : textOf(content, place)
  const signature = opaqueOf(fields)
  if (signature === undefined) return blocks
  const last = blocks.findLastIndex(({ is }) => is === 'text')
  const [block] = last === -1 ? [] : blocks.slice(last)
  const signed: TextBlock = block?.is === 'text' ? { ...block, opaque: signature } : { is: 'text', text: '', opaque: signature }
  return last === -1 ? [...blocks, signed] : blocks.with(last, signed)
}

function textOf(content: unknown, place: string): readonly Block[] {
  return readTexts(content, `${place}.content`)
}

/** Refusals may be parts; thinking may be (Mistral's form). */
function saidIn(part: unknown, place: string): readonly Block[] {
  if (isRecord(part) && part['type'] === 'refusal') return [{ is: 'refusal', text: textIn(part['refusal']) ?? '' }]
  if (isRecord(part) && part['type'] === 'thinking') {
    const { thinking } = part
    const text =
      typeof thinking === 'string'
        ? thinking
        : readTexts(thinking, `${place}.thinking`)
            .map((each) => each.text)
            .join('')
    return text === '' ? [] : [{ is: 'reasoning', text }]
  }
  return readParts([part], place).map((each): Block => {
    if (each.is === 'text' || each.is === 'image') return each.is === 'text' ? each : { is: 'image', source: each.source }
    if (each.is === 'opaque') return { is: 'opaque', type: each.type, origin: each.origin, value: each.value }
    throw badField('messages', `\`${place}\` cannot be part of what an assistant said.`)
  })
}

/** Pictures that the model made (OpenRouter's form). */
function picturesOf({ images }: Fields): readonly Block[] {
  if (!Array.isArray(images)) return []
  return images.filter(isRecord).flatMap(({ image_url: holder }): readonly Block[] => {
    const url = isRecord(holder) ? textIn(holder['url']) : undefined
    if (url === undefined) return []
    const bytes = parseDataUrl(url)
    return [{ is: 'image', source: bytes === undefined ? { is: 'url', url } : { is: 'base64', ...bytes } }]
  })
}

function callsOf({ fields, place }: Message): readonly Block[] {
  const { tool_calls: calls, function_call: legacy } = fields
  if (Array.isArray(calls)) return calls.map((call, at) => readCall(call, `${place}.tool_calls[${at}]`))
  if (!isRecord(legacy)) return []
  return [readCall({ id: mintToolCallId(place, 0), function: legacy }, `${place}.function_call`)]
}

function readCall(call: unknown, place: string): ToolCallBlock {
  const fields = isRecord(call) ? call : {}
  const custom = isRecord(fields['custom']) ? fields['custom'] : undefined
  const called = custom ?? fields['function']
  const name = isRecord(called) ? textIn(called['name']) : undefined
  if (!isRecord(called) || name === undefined) throw badField('messages', `\`${place}\` does not say which tool is called.`)
  const opaque = opaqueOf(fields)
  return {
    is: 'tool-call',
    id: textIn(fields['id']) ?? mintToolCallId(place, 0),
    name,
    argumentsText: argumentsOf(called),
    ...(custom !== undefined && { custom: true }),
    ...(opaque !== undefined && { opaque }),
  }
}

/** Some callers give the arguments as an object. */
function argumentsOf(called: Fields): string {
  const given = called['arguments'] ?? called['input']
  return typeof given === 'string' ? given : JSON.stringify(given ?? {})
}

/** A signature of Google's, sealed or as Google's own OpenAI-compatible path gave it. */
function opaqueOf(fields: Fields): Opaque | undefined {
  const signature = signatureIn(fields)
  return signature === undefined ? undefined : unseal(signature, 'openai-chat')
}
