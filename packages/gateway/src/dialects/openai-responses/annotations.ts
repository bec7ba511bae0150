/** Sources of a text, as the Responses API notes them beside it. */
import type { Citation } from '../canonical/blocks.ts'
import { textIn } from '../wire.ts'

const origin = 'openai-responses'

export function citationOf(annotation: Record<string, unknown>): Citation {
  const { start_index: start, end_index: end } = annotation
  const url = textIn(annotation['url'])
  const title = textIn(annotation['title']) ?? textIn(annotation['filename'])
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(typeof start === 'number' && { start }),
    ...(typeof end === 'number' && { end }),
    origin,
    value: annotation,
  }
}

/** undefined: a source without an address has no place here. */
export function annotationOf(citation: Citation, text: string): unknown {
  if (citation.origin === origin) return citation.value
  const { url, title = '', start = 0, end = text.length } = citation
  return url === undefined ? undefined : { type: 'url_citation', url, title, start_index: start, end_index: end }
}
