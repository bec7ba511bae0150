/** Blocks of an answer as parts of Gemini's, for its callers. */
import type { Block, ImageBlock, OpaqueBlock, ReasoningBlock, ToolCallBlock } from '../canonical/blocks.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { isRecord, parseJson } from '../wire.ts'
import { behind } from './block-run.ts'
import { groundingType } from './grounding.ts'
import { signatureFor } from './signature.ts'

export type Part = Readonly<Record<string, unknown>>

/**
 * Whether the caller gets to see thinking. Gemini hides it unless it is asked to include thoughts, and clients that did not ask
 * take a thought for text; one that has to come back is told all the same.
 */
export function showsThinking({ reasoning }: CanonicalRequest, opaque: Opaque | undefined): boolean {
  return reasoning?.visible === true || (opaque !== undefined && opaque.data !== '')
}

export function partsOf(block: Block, request: CanonicalRequest): readonly Part[] {
  switch (block.is) {
    case 'text':
      return [...textParts(block.text, block.opaque, {})]
    case 'refusal':
      return [{ text: block.text }]
    case 'reasoning':
      return showsThinking(request, block.opaque) ? reasoningParts(block) : []
    case 'tool-call':
      return [callPart(block)]
    case 'image':
      return imageParts(block)
    case 'opaque':
      return isOwnPart(block) ? [block.value] : []
  }
}

function imageParts({ source }: ImageBlock): readonly Part[] {
  return source.is === 'base64' ? [{ inlineData: { mimeType: source.mediaType, data: source.data } }] : []
}

function isOwnPart(block: OpaqueBlock): block is OpaqueBlock & { readonly value: Part } {
  return block.origin === 'gemini-generate' && block.type !== groundingType && isRecord(block.value)
}

function reasoningParts({ text, opaque }: ReasoningBlock): readonly Part[] {
  // Without text it is an empty part that only signs; a mark of thought on it would make clients look for one.
  return text === '' ? textParts('', opaque, {}) : textParts(text, opaque, { thought: true })
}

function textParts(text: string, opaque: Opaque | undefined, mark: Part): readonly Part[] {
  if (opaque === undefined) return [{ text, ...mark }]
  const signature = { thoughtSignature: signatureFor(opaque) }
  if (text === '' || opaque.id !== behind) return [{ text, ...mark, ...signature }]
  return [
    { text, ...mark },
    { text: '', ...signature },
  ]
}

/** A signature that is only known once its text has been told. */
export function signingPart(opaque: Opaque): Part {
  return { text: '', thoughtSignature: signatureFor(opaque) }
}

/** Arguments that were cut off are no object, and an empty one is the best that can be said of them. */
export function callPart({ id, name, argumentsText, custom, opaque }: Omit<ToolCallBlock, 'is'>): Part {
  const json = custom === true ? { input: argumentsText } : parseJson(argumentsText)
  return {
    functionCall: { id, name, args: isRecord(json) ? json : {} },
    ...(opaque !== undefined && { thoughtSignature: signatureFor(opaque) }),
  }
}
