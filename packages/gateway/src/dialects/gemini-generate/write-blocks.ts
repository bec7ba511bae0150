/** What the model said, as parts: each signature where it sat, and only those that are Google's. */
import type { Block, ImageBlock, ReasoningBlock, TextBlock, ToolCallBlock } from '../canonical/blocks.ts'
import { belongsTo } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'
import { isRecord, parseJson } from '../wire.ts'
import { behind } from './block-run.ts'
import { groundingType } from './grounding.ts'
import { idOf } from './writing.ts'
import type { Json, Writing } from './writing.ts'

export function writeBlocks(blocks: readonly Block[], writing: Writing): readonly Json[] {
  return blocks.flatMap((block) => writeBlock(block, writing))
}

function writeBlock(block: Block, writing: Writing): readonly Json[] {
  noteMark(block, writing)
  switch (block.is) {
    case 'text':
      return writeText(block, writing)
    case 'refusal':
      return block.text === '' ? [] : [{ text: block.text }]
    case 'reasoning':
      return writeThinking(block, writing)
    case 'tool-call':
      return [writeCall(block, writing)]
    case 'image':
      return writeImage(block, writing)
    case 'opaque':
      return writeOpaque(block, writing)
  }
}

function noteMark(marked: object, { losses }: Writing): void {
  if ('cache' in marked && marked.cache !== undefined) losses.lose('cacheMarks')
}

function writeText({ text, opaque }: TextBlock, writing: Writing): readonly Json[] {
  return signed(text, {}, signatureOf(opaque, writing))
}

/** An image that the model made. */
function writeImage({ source }: ImageBlock, { losses }: Writing): readonly Json[] {
  if (source.is === 'base64') return [{ inlineData: { mimeType: source.mediaType, data: source.data } }]
  losses.lose('turns.image')
  return []
}

/** Thoughts of other vendors stay with them: Gemini would take them for its own words. */
function writeThinking({ text, opaque }: ReasoningBlock, writing: Writing): readonly Json[] {
  const isOwn = opaque === undefined ? writing.request.from === 'gemini-generate' : opaque.origin.dialect === 'gemini-generate'
  if (isOwn) return signed(text, text === '' ? {} : { thought: true }, signatureOf(opaque, writing))
  writing.losses.lose('turns.reasoning')
  return []
}

interface Signature {
  readonly text: string
  /** On an empty part that follows. */
  readonly isBehind: boolean
}

function signatureOf(opaque: Opaque | undefined, { target }: Writing): Signature | undefined {
  return opaque !== undefined && belongsTo(opaque, target) ? { text: opaque.data, isBehind: opaque.id === behind } : undefined
}

function signed(text: string, mark: Json, signature: Signature | undefined): readonly Json[] {
  if (signature === undefined) return text === '' ? [] : [{ text, ...mark }]
  const thoughtSignature = signature.text
  if (text === '' || !signature.isBehind) return [{ text, ...mark, thoughtSignature }]
  return [
    { text, ...mark },
    { text: '', thoughtSignature },
  ]
}

function writeCall(block: ToolCallBlock, writing: Writing): Json {
  const { id, name, argumentsText, custom, opaque } = block
  const signature = signatureOf(opaque, writing)
  const args = custom === true ? { input: argumentsText } : objectIn(argumentsText)
  return {
    functionCall: { ...idOf(id, writing), name: writing.names.out(name), args },
    ...(signature !== undefined && { thoughtSignature: signature.text }),
  }
}

/** Arguments that are no JSON object, since the answer that held them was cut off, are kept as the text they are. */
function objectIn(text: string): Json {
  const json = text.trim() === '' ? {} : parseJson(text)
  if (isRecord(json)) return json
  return json === null ? {} : { _raw: text }
}

/** Sources are no part of a content; they were told beside it. */
function writeOpaque({ type, origin, value }: Extract<Block, { is: 'opaque' }>, { losses }: Writing): readonly Json[] {
  if (origin === 'gemini-generate' && type === groundingType) return []
  if (origin === 'gemini-generate' && isRecord(value)) return [value]
  losses.lose(`turns.${type}`)
  return []
}
