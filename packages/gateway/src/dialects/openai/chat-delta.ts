/** The delta of a chat stream, or the message of a whole answer, taken apart into pieces in the order in which they are said. */
import type { MediaSource } from '../canonical/parts.ts'
import { parseDataUrl } from '../canonical/data-url.ts'
import { isRecord, textIn } from '../wire.ts'
import { isSigned, readDetails } from './chat-reasoning.ts'
import type { ReasoningDetail } from './chat-reasoning.ts'

export type Piece =
  | { readonly is: 'text' | 'refusal'; readonly text: string }
  /** `key`: of the detail that says the same. */
  | { readonly is: 'reasoning'; readonly text: string; readonly key?: string | undefined }
  | { readonly is: 'detail'; readonly detail: ReasoningDetail }
  | { readonly is: 'image'; readonly source: MediaSource }
  /** Mistral's reference to a document; there is nothing to show of it. */
  | { readonly is: 'reference'; readonly value: Record<string, unknown> }

export function piecesOf(delta: Record<string, unknown>): readonly Piece[] {
  return [...thinkingIn(delta), ...contentIn(delta['content']), ...refusalIn(delta['refusal']), ...imagesIn(delta['images'])]
}

/** The text may be told twice, as itself and in the details; it is one text. */
function thinkingIn(delta: Record<string, unknown>): readonly Piece[] {
  const plain = textIn(delta['reasoning_content']) ?? textIn(delta['reasoning']) ?? ''
  const details = readDetails(delta['reasoning_details']).filter(({ text, fields }) => text !== '' || isSigned(fields))
  const pieces = details.map((detail): Piece => ({ is: 'detail', detail }))
  if (plain === '' || plain === details.map(({ text }) => text).join('')) return pieces
  return [{ is: 'reasoning', text: plain, key: details.find(({ hidden }) => !hidden)?.key }, ...pieces]
}

function contentIn(content: unknown): readonly Piece[] {
  if (typeof content === 'string') return content === '' ? [] : [{ is: 'text', text: content }]
  return Array.isArray(content) ? content.filter(isRecord).flatMap(partPieces) : []
}

function partPieces(part: Record<string, unknown>): readonly Piece[] {
  switch (part['type']) {
    case 'text':
    case 'output_text':
      return contentIn(part['text'])
    case 'thinking':
      return thoughtsIn(part['thinking'])
    case 'refusal':
      return refusalIn(part['refusal'])
    case 'image_url':
      return imagesIn([part])
    case 'reference':
      return [{ is: 'reference', value: part }]
    default:
      return []
  }
}

/** Mistral: `[{type: "text", text}]`, or the text itself. */
function thoughtsIn(thinking: unknown): readonly Piece[] {
  const text =
    typeof thinking === 'string'
      ? thinking
      : Array.isArray(thinking)
        ? thinking
            .filter(isRecord)
            .map((each) => textIn(each['text']) ?? '')
            .join('')
        : ''
  return text === '' ? [] : [{ is: 'reasoning', text }]
}

function refusalIn(refusal: unknown): readonly Piece[] {
  const text = textIn(refusal)
  return text === undefined ? [] : [{ is: 'refusal', text }]
}

function imagesIn(images: unknown): readonly Piece[] {
  if (!Array.isArray(images)) return []
  return images.filter(isRecord).flatMap((image): readonly Piece[] => {
    const { image_url: holder } = image
    const url = isRecord(holder) ? textIn(holder['url']) : textIn(holder)
    if (url === undefined) return []
    const bytes = parseDataUrl(url)
    return [{ is: 'image', source: bytes === undefined ? { is: 'url', url } : { is: 'base64', ...bytes } }]
  })
}
