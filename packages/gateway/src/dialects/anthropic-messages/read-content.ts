/** What stands in the messages of a caller, read into parts and blocks. Blocks that are not known here are kept as they came. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import type { Block } from '../canonical/blocks.ts'
import { unseal } from '../canonical/opaque.ts'
import type { CacheMark, FilePart, MediaSource, OpaquePart, Part, TextPart } from '../canonical/parts.ts'
import type { ToolResult } from '../canonical/request.ts'
import { isRecord, textIn } from '../wire.ts'
import { citationsSentBack } from './citations.ts'

const origin = 'anthropic-messages'

type Fields = Readonly<Record<string, unknown>>

/** @param at where it stands, such as `messages.2.content`. */
export function badContent(at: string, message: string): RefusedCall {
  return refuse('bad-request', `\`${at}\`: ${message}`, { param: at })
}

/** The blocks of a content that may also be one text. */
export function blocksIn(content: unknown, at: string): readonly { readonly block: Fields; readonly at: string }[] {
  if (typeof content === 'string') return content === '' ? [] : [{ block: { type: 'text', text: content }, at }]
  if (!Array.isArray(content)) throw badContent(at, 'it must be a text or a list of blocks.')
  return content.map((block: unknown, index) => {
    const place = `${at}.${index}`
    if (!isRecord(block) || textIn(block['type']) === undefined) throw badContent(place, 'every block needs a `type`.')
    return { block, at: place }
  })
}

export function cacheOf({ cache_control: mark }: Fields): { readonly cache?: CacheMark } {
  if (!isRecord(mark)) return {}
  const ttl = textIn(mark['ttl'])
  return { cache: ttl === undefined ? {} : { ttl } }
}

export function readTextPart(block: Fields, at: string): TextPart {
  const { text } = block
  if (block['type'] !== 'text' || typeof text !== 'string') throw badContent(at, 'only blocks with a `text` can stand here.')
  return { is: 'text', text, ...cacheOf(block) }
}

/** A part of what a user says, or of what a tool gave. */
export function readPart(block: Fields, at: string): Part {
  switch (block['type']) {
    case 'text':
      return readTextPart(block, at)
    case 'image':
      return { is: 'image', source: readSource(block['source'], `${at}.source`), ...cacheOf(block) }
    case 'document':
      return readDocument(block, at)
    default:
      return opaquePart(block)
  }
}

function opaquePart(block: Fields): OpaquePart {
  return { is: 'opaque', type: String(block['type']), origin, value: block }
}

function readSource(source: unknown, at: string): MediaSource {
  if (!isRecord(source)) throw badContent(at, 'it must say where the bytes are.')
  const { type, data, url, file_id: id } = source
  if (type === 'base64' && typeof data === 'string') return { is: 'base64', mediaType: textIn(source['media_type']) ?? '', data }
  if (type === 'url' && typeof url === 'string') return { is: 'url', url }
  if (type === 'file' && typeof id === 'string') return { is: 'id', id, origin }
  throw badContent(at, '`type` must be `base64` with `data`, `url` with `url`, or `file` with `file_id`.')
}

/** With citations switched on, with a context of its own, or made of blocks, a document is more than a file. */
function readDocument(block: Fields, at: string): FilePart | OpaquePart {
  const { source, citations, context } = block
  const cites = isRecord(citations) && citations['enabled'] === true
  if (cites || textIn(context) !== undefined || !isRecord(source) || source['type'] === 'content') return opaquePart(block)
  const name = textIn(block['title'])
  const about = { ...(name !== undefined && { name }), ...cacheOf(block) }
  if (source['type'] === 'text') return { is: 'file', source: { is: 'text', text: textIn(source['data']) ?? '' }, ...about }
  return { is: 'file', source: readSource(source, `${at}.source`), ...about }
}

export function readToolResult(block: Fields, at: string): ToolResult {
  const callId = textIn(block['tool_use_id'])
  if (callId === undefined) throw badContent(`${at}.tool_use_id`, 'it must name the call.')
  const { content } = block
  const given = content === undefined || content === null ? [] : blocksIn(content, `${at}.content`)
  const parts = given.map((each) => readPart(each.block, each.at))
  return { callId, parts, isError: block['is_error'] === true, ...cacheOf(block) }
}

/** A block of what the assistant said. */
export function readBlock(block: Fields, at: string): Block {
  switch (block['type']) {
    case 'text':
      return readTextBlock(block, at)
    case 'thinking':
      return readThinking(block)
    case 'redacted_thinking':
      return { is: 'reasoning', text: '', opaque: { ...unseal(textIn(block['data']) ?? '', origin), redacted: true } }
    case 'tool_use':
      return readToolUse(block, at)
    case 'image':
      return { is: 'image', source: readSource(block['source'], `${at}.source`) }
    default:
      return { is: 'opaque', type: String(block['type']), origin, value: block }
  }
}

function readTextBlock(block: Fields, at: string): Block {
  const part = readTextPart(block, at)
  const citations = citationsSentBack(block['citations'])
  return { ...part, ...(citations.length > 0 && { citations }) }
}

function readThinking(block: Fields): Block {
  const text = textIn(block['thinking']) ?? ''
  const signature = textIn(block['signature'])
  return { is: 'reasoning', text, ...(signature !== undefined && { opaque: unseal(signature, origin) }) }
}

function readToolUse(block: Fields, at: string): Block {
  const id = textIn(block['id'])
  const name = textIn(block['name'])
  if (id === undefined || name === undefined) throw badContent(at, 'a `tool_use` needs an `id` and a `name`.')
  return { is: 'tool-call', id, name, argumentsText: JSON.stringify(block['input'] ?? {}), ...cacheOf(block) }
}
