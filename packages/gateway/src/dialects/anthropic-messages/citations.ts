/** Sources of a text, between Anthropic's forms and ours. */
import type { Citation } from '../canonical/blocks.ts'
import { seal, sealMark } from '../canonical/opaque.ts'
import { isRecord, textIn } from '../wire.ts'

const origin = 'anthropic-messages'

/** undefined: nothing that could be a citation. */
export function citationFrom(value: unknown): Citation | undefined {
  if (!isRecord(value)) return undefined
  const url = textIn(value['url']) ?? webAddress(value['source'])
  const title = textIn(value['title']) ?? textIn(value['document_title'])
  const quote = textIn(value['cited_text'])
  return { ...(url !== undefined && { url }), ...(title !== undefined && { title }), ...(quote !== undefined && { quote }), origin, value }
}

export function citationsFrom(values: unknown): readonly Citation[] {
  return Array.isArray(values) ? values.map(citationFrom).filter((citation) => citation !== undefined) : []
}

/** What a caller sends back: those that were made up here for it are nothing that the vendor knows. */
export function citationsSentBack(values: unknown): readonly Citation[] {
  return citationsFrom(Array.isArray(values) ? values.filter((value: unknown) => !isMadeUp(value)) : values)
}

function isMadeUp(value: unknown): boolean {
  return isRecord(value) && textIn(value['encrypted_index'])?.startsWith(sealMark) === true
}

/** The `source` of a search result is whatever the caller wrote there. */
function webAddress(source: unknown): string | undefined {
  const text = textIn(source)
  return text !== undefined && /^https?:\/\//i.test(text) ? text : undefined
}

/** What the vendor would want back with a citation of its own; this one says that it is not. */
const foreignIndex = seal({ origin: { dialect: origin }, data: '' })

/** For a caller; undefined where the source has no address to show. */
export function writeCitation({ origin: from, value, url, title, quote }: Citation): unknown {
  if (from === origin) return value
  if (url === undefined) return undefined
  return { type: 'web_search_result_location', url, title: title ?? null, cited_text: quote ?? '', encrypted_index: foreignIndex }
}
