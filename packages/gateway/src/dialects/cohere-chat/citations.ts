/** Sources of a text. Cohere counts characters, the canonical form counts UTF-16 units. */
import type { Citation } from '../canonical/blocks.ts'
import { isRecord, textIn } from '../wire.ts'

/** @param text of the block so far, to find the stretch in. */
export function citationFrom(value: Record<string, unknown>, text: string): Citation {
  const source = firstSource(value['sources'])
  const url = textIn(source['url'])
  const title = textIn(source['title'])
  const quote = textIn(value['text'])
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(quote !== undefined && { quote }),
    ...placeOf(value, text),
    origin: 'cohere-chat',
    value,
  }
}

/** Which of the content's blocks it belongs to; undefined: the text, whichever that is. */
export function contentIndexOf(value: Record<string, unknown>): number | undefined {
  const index = value['content_index']
  return typeof index === 'number' ? index : undefined
}

/** The fields of the first source: a document's, or those that a tool gave. */
function firstSource(sources: unknown): Record<string, unknown> {
  const [first]: readonly unknown[] = Array.isArray(sources) ? sources : []
  if (!isRecord(first)) return {}
  const { document, tool_output: output } = first
  return isRecord(document) ? document : isRecord(output) ? output : {}
}

function placeOf({ start, end, text: quote }: Record<string, unknown>, text: string): Pick<Citation, 'start' | 'end'> {
  if (typeof start !== 'number' || typeof end !== 'number') return {}
  if (typeof quote !== 'string' || text.slice(start, end) === quote) return { start, end }
  const characters = Array.from(text)
  const from = characters.slice(0, start).join('').length
  const to = from + characters.slice(start, end).join('').length
  return text.slice(from, to) === quote ? { start: from, end: to } : {}
}
