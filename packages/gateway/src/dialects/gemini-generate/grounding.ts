/**
 * Sources between Gemini's grounding metadata and citations. Gemini counts offsets in bytes of UTF-8 over the whole text of the
 * answer and tells them once, at the end; a citation counts UTF-16 units in its block.
 */
import type { Block, Citation } from '../canonical/blocks.ts'
import { textIn } from '../wire.ts'
import type { TextSoFar } from './block-run.ts'
import { fieldOf, listIn, numberIn, recordIn, recordsIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'

/** The kinds of places that a chunk can come from. */
const chunkKinds = ['web', 'retrievedContext', 'maps'] as const

/** A citation and the block whose text it is for. */
export interface PlacedCitation {
  readonly index: number | undefined
  readonly citation: Citation
}

export function citationsFrom(metadata: Fields, texts: readonly TextSoFar[]): readonly PlacedCitation[] {
  const chunks = recordsIn(metadata, 'groundingChunks')
  return recordsIn(metadata, 'groundingSupports').flatMap((support) => {
    const segment = recordIn(support, 'segment') ?? {}
    const place = placeOf(segment, texts)
    return listIn(support, 'groundingChunkIndices').flatMap((number) => {
      const chunk = typeof number === 'number' ? chunks[number] : undefined
      return chunk === undefined ? [] : [{ index: place?.index, citation: citationOf(segment, chunk, place) }]
    })
  })
}

interface Place {
  readonly index: number
  readonly start: number
  readonly end: number
}

function citationOf(segment: Fields, chunk: Fields, place: Place | undefined): Citation {
  const source = chunkKinds.map((kind) => recordIn(chunk, kind)).find((found) => found !== undefined) ?? {}
  const url = textIn(fieldOf(source, 'uri'))
  const title = textIn(fieldOf(source, 'title'))
  const quote = textIn(fieldOf(segment, 'text'))
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(quote !== undefined && { quote }),
    ...(place !== undefined && { start: place.start, end: place.end }),
    origin: 'gemini-generate',
    value: { segment, chunk },
  }
}

/** Where the segment lies. Offsets that do not give the segment's own text are wrong, as in answers of several parts: it is looked for. */
function placeOf(segment: Fields, texts: readonly TextSoFar[]): Place | undefined {
  const wanted = stringIn(segment, 'text')
  const start = numberIn(segment, 'startIndex') ?? 0
  const end = numberIn(segment, 'endIndex')
  const told = end === undefined ? undefined : placeAt(texts, start, end)
  if (wanted === undefined || wanted === '') return told
  if (told !== undefined && textAt(texts, told) === wanted) return told
  for (const { index, text } of texts) {
    const at = text.indexOf(wanted)
    if (at !== -1) return { index, start: at, end: at + wanted.length }
  }
  return undefined
}

function placeAt(texts: readonly TextSoFar[], startByte: number, endByte: number): Place | undefined {
  let before = 0
  for (const { index, text } of texts) {
    const bytes = Buffer.from(text)
    if (startByte >= before && endByte <= before + bytes.length) {
      const unitsAt = (byte: number): number => bytes.toString('utf8', 0, byte - before).length
      return { index, start: unitsAt(startByte), end: unitsAt(endByte) }
    }
    before += bytes.length
  }
  return undefined
}

function textAt(texts: readonly TextSoFar[], { index, start, end }: Place): string | undefined {
  return texts.find((text) => text.index === index)?.text.slice(start, end)
}

/** The kind of the opaque block that holds the metadata as it came, for callers that can read it. */
export const groundingType = 'groundingMetadata'

/** A text of the answer and its sources. */
export interface CitedText {
  readonly text: string
  readonly citations: readonly Citation[]
}

/** The metadata as Gemini wrote it, where it is still there; else made from the citations. undefined: there are no sources. */
export function groundingOf(texts: readonly CitedText[], blocks: readonly Block[]): unknown {
  const own = blocks.find((block) => block.is === 'opaque' && block.type === groundingType && block.origin === 'gemini-generate')
  if (own?.is === 'opaque') return own.value
  const sources = new Map<string, { readonly number: number; readonly title: string | undefined }>()
  const supports = supportsOf(texts, (url, title) => {
    const known = sources.get(url)
    if (known !== undefined) return known.number
    const number = sources.size
    sources.set(url, { number, title })
    return number
  })
  if (sources.size === 0) return undefined
  const groundingChunks = [...sources].map(([uri, { title }]) => ({ web: { uri, ...(title !== undefined && { title }) } }))
  return { groundingChunks, groundingSupports: supports }
}

function supportsOf(texts: readonly CitedText[], numberOf: (url: string, title: string | undefined) => number): readonly object[] {
  let before = 0
  return texts.flatMap(({ text, citations }) => {
    const from = before
    before += Buffer.byteLength(text)
    return citations.flatMap(({ url, title, start, end }) => {
      if (url === undefined) return []
      const number = numberOf(url, title)
      if (start === undefined || end === undefined) return []
      const bytesTo = (units: number): number => from + Buffer.byteLength(text.slice(0, units))
      const segment = { startIndex: bytesTo(start), endIndex: bytesTo(end), text: text.slice(start, end) }
      return [{ segment, groundingChunkIndices: [number] }]
    })
  })
}
