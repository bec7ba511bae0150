/** The pieces that a chat answer is made of, the same in a message and in the deltas of a stream. */
import type { Citation } from '../canonical/blocks.ts'
import type { Finish } from '../canonical/answer.ts'
import { seal } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { WriterAsk } from '../dialect.ts'
import { chatFinishes } from '../openai/chat-finish.ts'

export type Fields = Record<string, unknown>

/** How this caller wants to be answered. */
export interface Manners {
  /** It declared `functions`: a call goes back as the one `function_call`. */
  readonly legacy: boolean
  readonly hidesReasoning: boolean
}

export function mannersOf({ sketch, request }: WriterAsk): Manners {
  const has = (field: string): boolean => sketch.members.some(({ key }) => key === field)
  return { legacy: has('functions') && !has('tools'), hidesReasoning: request.reasoning?.visible === false }
}

/** An entry of `reasoning_details`: what a caller must send back for the thinking to be known again. */
export function detailOf(text: string, opaque: Opaque | undefined, index: number): Fields {
  if (opaque === undefined) return { type: 'reasoning.text', text, index }
  if (text === '') return { type: 'reasoning.encrypted', data: seal(opaque), index }
  return { type: 'reasoning.text', text, signature: seal(opaque), index }
}

/** Where Google's OpenAI-compatible answers have the signatures of calls and texts. */
export function extraContent(opaque: Opaque | undefined): Fields {
  return opaque === undefined ? {} : { extra_content: { google: { thought_signature: seal(opaque) } } }
}

/** Only what can be looked up is worth telling. @param from where in the whole content the cited block begins. */
export function annotationsOf(citations: readonly Citation[], from: number): readonly Fields[] {
  return citations.flatMap(({ url, title, quote, start, end }) => {
    if (url === undefined) return []
    const place = { start_index: from + (start ?? 0), end_index: start === undefined ? from : from + (end ?? start) }
    const cited = { ...place, url, title: title ?? url, ...(quote !== undefined && { content: quote }) }
    return [{ type: 'url_citation', url_citation: cited }]
  })
}

export function finishOf(finish: Finish, { legacy }: Manners): string {
  return legacy && finish === 'tool-calls' ? 'function_call' : chatFinishes[finish]
}

export function logprobsOf(content: readonly unknown[]): Fields {
  return { content, refusal: null }
}
