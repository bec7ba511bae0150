/** What a user or a tool says, as parts. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import { mediaTypeOf } from '../canonical/data-url.ts'
import type { FilePart, MediaSource, OpaquePart, Part } from '../canonical/parts.ts'
import { isRecord } from '../wire.ts'
import type { Json, Writing } from './writing.ts'

/** @throws RefusedCall for what Gemini cannot take. */
export function writePart(part: Part, { losses }: Pick<Writing, 'losses'>): Json {
  noteMark(part, losses)
  switch (part.is) {
    case 'text':
      return { text: part.text }
    case 'image':
      return writeSource(part.source, 'An image')
    case 'audio':
      return writeSource(part.source, 'Audio')
    case 'video':
      return writeSource(part.source, 'A video')
    case 'file':
      if (part.name !== undefined) losses.lose('fileName')
      return writeFile(part)
    case 'opaque':
      return writeOpaque(part)
  }
}

function noteMark(part: object, losses: Writing['losses']): void {
  if ('cache' in part && part.cache !== undefined) losses.lose('cacheMarks')
}

function writeFile({ source }: FilePart): Json {
  return source.is === 'text' ? { text: source.text } : writeSource(source, 'A file')
}

function writeOpaque({ type, origin, value }: OpaquePart): Json {
  if (origin === 'gemini-generate' && isRecord(value)) return value
  throw refused(`A \`${type}\` part cannot be sent to Gemini. Leave it out, or ask for a model of the vendor that knows it.`)
}

function writeSource(source: MediaSource, what: string): Json {
  switch (source.is) {
    case 'base64':
      // A wrong label is a 400, and the first bytes know better.
      return { inlineData: { mimeType: mediaTypeOf(source.data) ?? source.mediaType, data: source.data } }
    case 'id':
      if (source.origin !== 'gemini-generate') throw refused(`${what} that another vendor keeps cannot be sent to Gemini. Send its bytes.`)
      return { fileData: { fileUri: source.id } }
    case 'url':
      if (!isGooglesOwn(source.url))
        throw refused(`${what} by its address cannot be sent to Gemini, which only fetches from Google. Send its bytes.`)
      return { fileData: { ...(source.mediaType !== undefined && { mimeType: source.mediaType }), fileUri: source.url } }
  }
}

/** Cloud Storage, the Files API, and videos by their page. */
const ownPlaces = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.)?(?:youtube\.com|youtu\.be)\/)/

function isGooglesOwn(url: string): boolean {
  return ownPlaces.test(url)
}

function refused(message: string): RefusedCall {
  return refuse('unsupported', message, { param: 'messages' })
}
