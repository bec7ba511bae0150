/** The blocks of an answer as a caller of this dialect knows them; shared by whole answers and streams. */
import { base62Hash } from '../canonical/tool-ids.ts'
import { dataUrl } from '../canonical/data-url.ts'
import type { Block, ImageBlock, OpaqueBlock, ReasoningBlock, TextBlock, ToolCallBlock } from '../canonical/blocks.ts'
import { seal } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'
import { isRecord, parseJson } from '../wire.ts'
import { writeCitation } from './citations.ts'

const origin = 'anthropic-messages'

/** `msg_` and what the call's id gives: the same call has the same id, whoever writes it. */
export function messageId(callId: string): string {
  return `msg_${base62Hash(callId, 24)}`
}

const fits = /^[a-zA-Z0-9_-]{1,64}$/

/** An id that this dialect's own servers would take; another one is made from it, always the same. */
export function callerToolId(id: string): string {
  return fits.test(id) ? id : `toolu_${base62Hash(id, 24)}`
}

/**
 * Callers send every block of thinking back with its signature, and some refuse one that has none: where the vendor gave nothing
 * to send back, the signature says just that.
 */
export function signatureOf(opaque: Opaque | undefined): string {
  return seal(opaque ?? { origin: { dialect: origin }, data: '' })
}

/** The block, or undefined where this dialect has no place for it. */
export function writeBlock(block: Block): Record<string, unknown> | undefined {
  switch (block.is) {
    case 'text':
      return block.text === '' ? undefined : writeText(block)
    case 'refusal':
      return block.text === '' ? undefined : { type: 'text', text: block.text }
    case 'reasoning':
      return writeReasoning(block)
    case 'tool-call':
      return { type: 'tool_use', id: callerToolId(block.id), name: block.name, input: inputOf(block) }
    case 'image':
    case 'opaque':
      return writePiece(block)
  }
}

function writeText({ text, citations = [] }: TextBlock): Record<string, unknown> {
  const written = citations.map(writeCitation).filter((citation) => citation !== undefined)
  return { type: 'text', text, ...(written.length > 0 && { citations: written }) }
}

function writeReasoning({ text, opaque }: ReasoningBlock): Record<string, unknown> {
  if (text === '' && opaque?.redacted === true) return { type: 'redacted_thinking', data: seal(opaque) }
  return { type: 'thinking', thinking: text, signature: signatureOf(opaque) }
}

/** The arguments as an object; those of an answer that was cut off may be no JSON any more. */
function inputOf({ argumentsText, custom }: ToolCallBlock): Record<string, unknown> {
  if (custom === true) return { input: argumentsText }
  const input = parseJson(argumentsText)
  return isRecord(input) ? input : {}
}

/** A block that comes in one piece. Pictures that a model draws have no place here but a text that shows them. */
export function writePiece(block: ImageBlock | OpaqueBlock): Record<string, unknown> | undefined {
  if (block.is === 'image') return { type: 'text', text: `![image](${dataUrl(block.source)})` }
  return block.origin === origin && isRecord(block.value) ? block.value : undefined
}
