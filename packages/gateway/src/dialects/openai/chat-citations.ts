/** Sources of an answer, in the forms that servers of the OpenAI family give them. */
import type { Citation } from '../canonical/blocks.ts'
import type { DialectName } from '../../domain/operation.ts'
import { isRecord, textIn } from '../wire.ts'

/** `annotations` of a message or a delta. */
export function annotationsIn(annotations: unknown, origin: DialectName): readonly Citation[] {
  if (!Array.isArray(annotations)) return []
  return annotations.filter(isRecord).flatMap((annotation) => {
    const cited = annotation['url_citation']
    return isRecord(cited) ? [citationOf(cited, annotation, origin)] : []
  })
}

function citationOf(cited: Record<string, unknown>, value: unknown, origin: DialectName): Citation {
  const { start_index: start, end_index: end } = cited
  // OpenRouter writes zeros where it knows no place.
  const placed = typeof start === 'number' && typeof end === 'number' && end > start
  return {
    ...named('url', cited['url']),
    ...named('title', cited['title']),
    ...named('quote', cited['content']),
    ...(placed && { start, end }),
    origin,
    value,
  }
}

/** The list that Perplexity and xAI give beside the choices; with titles where `search_results` has them. */
export function sourcesIn(answer: Readonly<Record<string, unknown>>, origin: DialectName): readonly Citation[] {
  const { search_results: results, citations } = answer
  if (Array.isArray(results) && results.length > 0) {
    return results.filter(isRecord).map((result) => resultOf(result, origin))
  }
  if (!Array.isArray(citations)) return []
  return citations.filter((url) => typeof url === 'string').map((url) => ({ url, origin, value: url }))
}

function resultOf(value: Record<string, unknown>, origin: DialectName): Citation {
  return { ...named('url', value['url']), ...named('title', value['title']), origin, value }
}

function named<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  const text = textIn(value)
  const found: Partial<Record<string, string>> = text === undefined ? {} : { [name]: text }
  return found
}
