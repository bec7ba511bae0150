/** Writes a conversation as Ollama's messages: one text each, images beside it, arguments as objects. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import type { Losses } from '../canonical/losses.ts'
import type { Block } from '../canonical/blocks.ts'
import type { MediaSource, Part } from '../canonical/parts.ts'
import type { AssistantTurn, ToolResult, ToolTurn, Turn, UserTurn } from '../canonical/request.ts'
import { pairTools, textOf } from '../canonical/turns.ts'
import { argumentsObject } from '../ollama/writer.ts'

type Message = Record<string, unknown>

/** Without text or images that cannot be brought along. @throws RefusedCall `unsupported` naming the kind of part. */
export function writeMessages(turns: readonly Turn[], losses: Losses): readonly Message[] {
  if (turns.some(hasCacheMark)) losses.lose('cacheMarks')
  return pairTools(turns, { missing: 'error-result' }).flatMap((turn): readonly Message[] => {
    switch (turn.role) {
      case 'system':
        return [{ role: 'system', content: textOf(turn.parts) }]
      case 'user':
        return [userMessage(turn, losses)]
      case 'assistant':
        return assistantMessages(turn, losses)
      case 'tool':
        return toolMessages(turn, losses)
    }
  })
}

function marked(part: object): boolean {
  return 'cache' in part && part.cache !== undefined
}

function hasCacheMark(turn: Turn): boolean {
  switch (turn.role) {
    case 'assistant':
      return turn.blocks.some(marked)
    case 'tool':
      return turn.results.some((result) => marked(result) || result.parts.some(marked))
    case 'system':
    case 'user':
      return turn.parts.some(marked)
  }
}

/** Who speaks stands in front, since messages have no name. */
function userMessage({ parts, name }: UserTurn, losses: Losses): Message {
  const content = contentOf(parts)
  return { role: 'user', content: name === undefined ? content : `${name}: ${content}`, ...imagesIn(parts, losses) }
}

/** The texts, with those of plain documents among them. */
function contentOf(parts: readonly Part[]): string {
  return parts.flatMap(textIn).join('\n\n')
}

function textIn(part: Part): readonly string[] {
  switch (part.is) {
    case 'text':
      return part.text === '' ? [] : [part.text]
    case 'image':
      return []
    case 'file':
      if (part.source.is === 'text') return [part.name === undefined ? part.source.text : `${part.name}:\n${part.source.text}`]
      throw cannotTake('documents', 'Send its text instead.')
    case 'audio':
    case 'video':
      throw cannotTake(part.is, 'Send its text instead.')
    case 'opaque':
      throw cannotTake(`\`${part.type}\``, 'Leave it out, or ask a model of its own vendor.')
  }
}

function imagesIn(parts: readonly Part[], losses: Losses): { readonly images?: readonly string[] } {
  const images = parts.flatMap((part) => {
    if (part.is !== 'image') return []
    if (part.detail !== undefined && part.detail !== 'auto') losses.lose('detail')
    return [base64In(part.source)]
  })
  return images.length === 0 ? {} : { images }
}

function base64In(source: MediaSource): string {
  if (source.is === 'base64') return source.data
  throw cannotTake('images by their address', 'Send the bytes as a data URL.')
}

function assistantMessages({ blocks }: AssistantTurn, losses: Losses): readonly Message[] {
  const content = blocks.flatMap((block) => (block.is === 'text' || block.is === 'refusal' ? [block.text] : [])).join('')
  const thinking = blocks.flatMap((block) => (block.is === 'reasoning' ? [block.text] : [])).join('')
  const calls = blocks.flatMap(callOf)
  for (const block of blocks) {
    if (block.is === 'image') losses.lose('turns.image')
    if (block.is === 'opaque') losses.lose(`turns.${block.type}`)
  }
  if (content === '' && thinking === '' && calls.length === 0) return []
  return [{ role: 'assistant', content, ...(thinking !== '' && { thinking }), ...(calls.length > 0 && { tool_calls: calls }) }]
}

function callOf(block: Block): readonly Message[] {
  if (block.is !== 'tool-call') return []
  const given = argumentsObject({ argumentsText: block.argumentsText, custom: block.custom === true })
  return [{ id: block.id, function: { name: block.name, arguments: given } }]
}

/** Older servers match results by name and order, newer ones by id. Images follow in a message of the user's. */
function toolMessages({ results }: ToolTurn, losses: Losses): readonly Message[] {
  const told = results.map((result): Message => ({
    role: 'tool',
    content: resultText(result),
    ...(result.name !== undefined && { tool_name: result.name }),
    tool_call_id: result.callId,
  }))
  const { images } = imagesIn(
    results.flatMap(({ parts }) => parts),
    losses,
  )
  return images === undefined ? told : [...told, { role: 'user', content: '', images }]
}

function resultText({ parts, isError }: ToolResult): string {
  const text = contentOf(parts)
  return isError ? `Error: ${text}` : text
}

function cannotTake(what: string, remedy: string): RefusedCall {
  return refuse('unsupported', `Ollama takes no ${what}. ${remedy}`, { param: 'messages' })
}
