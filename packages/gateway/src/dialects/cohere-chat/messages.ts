/** The conversation as Cohere takes it. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import type { Block, ToolCallBlock } from '../canonical/blocks.ts'
import { dataUrl } from '../canonical/data-url.ts'
import type { FilePart, ImagePart, Part } from '../canonical/parts.ts'
import type { AssistantTurn, CanonicalRequest, ToolResult, Turn, UserTurn } from '../canonical/request.ts'
import { fitToolIds } from '../canonical/tool-ids.ts'
import { wrapCustomInput } from '../canonical/tool-names.ts'
import type { ToolNames } from '../canonical/tool-names.ts'
import { mergeTurns, pairTools, splitSystem, systemAsUser, textOf, withoutEmptyText } from '../canonical/turns.ts'

type Json = Readonly<Record<string, unknown>>

const toolIds = { fits: /^[\w:.-]+$/, longest: 128, prefix: 'call_' }

export function messagesOf({ turns: given }: CanonicalRequest, names: ToolNames): readonly Json[] {
  const { system, turns } = splitSystem(given)
  const paired = fitToolIds(pairTools(systemAsUser(turns), { missing: 'error-result' }), toolIds)
  const spoken = mergeTurns(withoutEmptyText(paired.map(withoutThinking)))
  const rules = textOf(system)
  return [...(rules === '' ? [] : [{ role: 'system', content: rules }]), ...spoken.flatMap((turn) => messagesFrom(turn, names))]
}

/** Cohere takes none of it back, and other vendors' even less. */
function withoutThinking(turn: Turn): Turn {
  return turn.role === 'assistant' ? { ...turn, blocks: turn.blocks.filter(({ is }) => is !== 'reasoning') } : turn
}

function messagesFrom(turn: Turn, names: ToolNames): readonly Json[] {
  switch (turn.role) {
    case 'user':
      return [{ role: 'user', content: userContent(turn) }]
    case 'assistant':
      return [assistantMessage(turn, names)]
    case 'tool':
      return turn.results.map(resultMessage)
    case 'system':
      return [{ role: 'user', content: textOf(turn.parts) }]
  }
}

function userContent({ parts, name }: UserTurn): unknown {
  const spoken: readonly Part[] = name === undefined ? parts : [{ is: 'text', text: `${name}:` }, ...parts]
  if (spoken.every(({ is }) => is === 'text')) return textOf(spoken)
  return spoken.map(contentPart)
}

function contentPart(part: Part): Json {
  switch (part.is) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return { type: 'image_url', image_url: imageUrl(part) }
    case 'file':
      return { type: 'text', text: fileText(part) }
    case 'audio':
      throw notHeld('Audio')
    case 'video':
      throw notHeld('Video')
    case 'opaque':
      throw notHeld(`A \`${part.type}\` part`)
  }
}

function imageUrl({ source, detail }: ImagePart): Json {
  if (source.is === 'id') throw notHeld('An image that another provider keeps')
  return { url: dataUrl(source), ...(detail !== undefined && { detail }) }
}

/** Only what is text already; Cohere reads no documents. */
function fileText({ source, name }: FilePart): string {
  const head = name === undefined ? '' : `${name}:\n`
  if (source.is === 'text') return head + source.text
  if (source.is === 'base64' && source.mediaType.startsWith('text/')) return head + Buffer.from(source.data, 'base64').toString()
  throw notHeld('A file that is no text')
}

/** What is said beside calls is the plan for them; a message without calls holds only text. */
function assistantMessage({ blocks }: AssistantTurn, names: ToolNames): Json {
  const said = blocks.map(sayable).filter((text) => text !== '')
  const calls = blocks.filter((block) => block.is === 'tool-call')
  if (calls.length === 0) return { role: 'assistant', content: said.join('\n\n') }
  return {
    role: 'assistant',
    ...(said.length > 0 && { tool_plan: said.join('\n\n') }),
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: names.out(call.name), arguments: argumentsOf(call) },
    })),
  }
}

function sayable(block: Block): string {
  switch (block.is) {
    case 'text':
    case 'refusal':
      return block.text
    case 'tool-call':
    case 'reasoning':
      return ''
    case 'image':
      throw notHeld('An image of the assistant')
    case 'opaque':
      throw notHeld(`A \`${block.type}\` block`)
  }
}

function argumentsOf({ argumentsText, custom }: ToolCallBlock): string {
  if (custom === true) return wrapCustomInput(argumentsText)
  return argumentsText.trim() === '' ? '{}' : argumentsText
}

function resultMessage({ callId, parts, isError }: ToolResult): Json {
  const texts = parts.map((part) => {
    if (part.is === 'text') return part.text
    if (part.is === 'file') return fileText(part)
    throw notHeld(`A result of a tool that is no text (${part.is})`)
  })
  const told = texts.join('\n\n')
  return { role: 'tool', tool_call_id: callId, content: `${isError ? 'Error: ' : ''}${told === '' ? '(empty)' : told}` }
}

function notHeld(what: string): RefusedCall {
  return refuse('unsupported', `${what} cannot be sent to this model's provider. Leave it out, or ask for a model that takes it.`, {
    param: 'messages',
  })
}
