/** Turns written as the items of a request of the Responses API. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Block, ReasoningBlock, RefusalBlock, TextBlock, ToolCallBlock } from '../canonical/blocks.ts'
import { dataUrl } from '../canonical/data-url.ts'
import type { Losses } from '../canonical/losses.ts'
import { belongsTo } from '../canonical/opaque.ts'
import type { FilePart, ImagePart, OpaquePart, Part } from '../canonical/parts.ts'
import type { AssistantTurn, ToolResult, Turn } from '../canonical/request.ts'
import { isRecord } from '../wire.ts'
import { annotationOf } from './annotations.ts'

const dialect = 'openai-responses'

export type WireItem = Readonly<Record<string, unknown>>

export interface WritingItems {
  readonly target: TranslationTarget
  readonly losses: Losses
}

/** @throws RefusedCall `unsupported` for media that this dialect has no place for. */
export function writeItems(turns: readonly Turn[], writing: WritingItems): readonly WireItem[] {
  const custom = customCallsIn(turns)
  return turns.flatMap((turn): readonly WireItem[] => {
    switch (turn.role) {
      case 'system':
        return [message(writing.target.quirks.systemRole ?? 'system', writeParts(turn.parts, writing))]
      case 'user':
        if (turn.name !== undefined) writing.losses.lose('name')
        return writeUser(turn.parts, writing)
      case 'assistant':
        return writeAssistant(turn, writing)
      case 'tool':
        return turn.results.map((result) => writeResult(result, custom.has(result.callId), writing))
    }
  })
}

function message(role: string, content: readonly unknown[]): WireItem {
  return { type: 'message', role, content }
}

function customCallsIn(turns: readonly Turn[]): ReadonlySet<string> {
  const blocks = turns.flatMap((turn) => (turn.role === 'assistant' ? turn.blocks : []))
  return new Set(blocks.flatMap((block) => (block.is === 'tool-call' && block.custom === true ? [block.id] : [])))
}

/** What the caller answers a tool of the vendor's is an item of its own. */
function writeUser(parts: readonly Part[], writing: WritingItems): readonly WireItem[] {
  const own = parts.filter((part) => part.is === 'opaque' && isItem(part))
  const said = parts.filter((part) => part.is !== 'opaque' || !isItem(part))
  const items = own.flatMap((part) => (part.is === 'opaque' && isRecord(part.value) ? [part.value] : []))
  return said.length === 0 ? items : [...items, message('user', writeParts(said, writing))]
}

function isItem({ origin, type }: OpaquePart): boolean {
  return origin === dialect && !type.startsWith('input_')
}

function writeParts(parts: readonly Part[], writing: WritingItems): readonly unknown[] {
  return parts.map((part) => writePart(part, writing))
}

function writePart(part: Part, { losses }: WritingItems): unknown {
  if ('cache' in part && part.cache !== undefined) losses.lose('cacheMarks')
  switch (part.is) {
    case 'text':
      return { type: 'input_text', text: part.text }
    case 'image':
      return writeImage(part)
    case 'file':
      return writeFile(part)
    case 'audio':
    case 'video':
      throw unsupported(`The provider's API takes no ${part.is}.`)
    case 'opaque':
      if (part.origin === dialect) return part.value
      throw unsupported(`Parts of the type \`${part.type}\` cannot be carried over to this model's provider.`)
  }
}

function writeImage({ source, detail }: ImagePart): unknown {
  const place = source.is === 'id' ? { file_id: ownId(source) } : { image_url: dataUrl(source) }
  return { type: 'input_image', ...place, detail: detail ?? 'auto' }
}

function writeFile({ source, name }: FilePart): unknown {
  const named = name === undefined ? {} : { filename: name }
  switch (source.is) {
    case 'text':
      return { type: 'input_text', text: name === undefined ? source.text : `${name}\n\n${source.text}` }
    case 'url':
      return { type: 'input_file', file_url: source.url }
    case 'id':
      return { type: 'input_file', file_id: ownId(source) }
    case 'base64':
      // The API insists on a name beside the bytes.
      return { type: 'input_file', filename: 'file', ...named, file_data: dataUrl(source) }
  }
}

function ownId({ id, origin }: { readonly id: string; readonly origin: string }): string {
  if (origin === dialect || origin === 'openai-chat') return id
  throw unsupported(`The file \`${id}\` is kept by another vendor.`)
}

function unsupported(what: string): RefusedCall {
  return refuse('unsupported', `${what} Leave it out, or ask for a model that takes it.`, { param: 'messages' })
}

function writeAssistant({ blocks }: AssistantTurn, writing: WritingItems): readonly WireItem[] {
  const items: WireItem[] = []
  let said: unknown[] = []
  const endMessage = (): void => {
    if (said.length > 0) items.push(message('assistant', said))
    said = []
  }
  // Reasoning without what it led to would be refused (dialects SG3).
  const lastSaid = blocks.findLastIndex(({ is }) => is !== 'reasoning')
  for (const [at, block] of blocks.entries()) {
    if (block.is === 'text' || block.is === 'refusal') {
      said.push(writeSaid(block))
      continue
    }
    endMessage()
    const item = block.is === 'reasoning' && at > lastSaid ? undefined : writeBlock(block, writing)
    if (item !== undefined) items.push(item)
  }
  endMessage()
  return items
}

function writeSaid(block: TextBlock | RefusalBlock): unknown {
  if (block.is === 'refusal') return { type: 'refusal', refusal: block.text }
  const own = (block.citations ?? []).filter(({ origin }) => origin === dialect)
  return { type: 'output_text', text: block.text, annotations: own.map((citation) => annotationOf(citation, block.text)) }
}

type OtherBlock = Exclude<Block, TextBlock | RefusalBlock>

/** undefined: it has no place there. */
function writeBlock(block: OtherBlock, { target, losses }: WritingItems): WireItem | undefined {
  switch (block.is) {
    case 'reasoning':
      return writeReasoning(block, target)
    case 'tool-call':
      return writeCall(block)
    case 'image':
      losses.lose('images')
      return undefined
    case 'opaque':
      return block.origin === dialect && isRecord(block.value) ? block.value : undefined
  }
}

/** Only the vendor that encrypted it can take it back. */
function writeReasoning({ opaque, text }: ReasoningBlock, target: TranslationTarget): WireItem | undefined {
  if (opaque === undefined || !belongsTo(opaque, target)) return undefined
  const summary = text === '' ? [] : [{ type: 'summary_text', text }]
  return { type: 'reasoning', ...(opaque.id !== undefined && { id: opaque.id }), summary, encrypted_content: opaque.data }
}

function writeCall({ id, name, argumentsText, custom }: ToolCallBlock): WireItem {
  if (custom === true) return { type: 'custom_tool_call', call_id: id, name, input: argumentsText }
  return { type: 'function_call', call_id: id, name, arguments: argumentsText === '' ? '{}' : argumentsText }
}

function writeResult({ callId, parts, isError }: ToolResult, isCustom: boolean, writing: WritingItems): WireItem {
  const type = isCustom ? 'custom_tool_call_output' : 'function_call_output'
  return { type, call_id: callId, output: writeOutput(parts, isError, writing) }
}

function writeOutput(parts: readonly Part[], isError: boolean, writing: WritingItems): unknown {
  const mark = isError ? 'Error: ' : ''
  if (parts.every(({ is }) => is === 'text')) return mark + parts.map((part) => (part.is === 'text' ? part.text : '')).join('\n\n')
  return [...(isError ? [{ type: 'input_text', text: mark.trim() }] : []), ...writeParts(parts, writing)]
}
