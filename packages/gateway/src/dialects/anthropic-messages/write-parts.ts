/** Parts of a user's turn and of a tool's result, as Anthropic takes them. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import { mediaTypeOf } from '../canonical/data-url.ts'
import type { Losses } from '../canonical/losses.ts'
import type { CacheMark, FilePart, ImagePart, MediaSource, Part } from '../canonical/parts.ts'

const origin = 'anthropic-messages'

export type Written = Record<string, unknown>

/** What has to be known while content is written, and what is found out. */
export interface ContentNotes {
  readonly losses: Losses
  /** Betas without which the content would be refused. */
  readonly betas: Set<string>
}

export function cacheControl(cache: CacheMark | undefined): Written {
  if (cache === undefined) return {}
  return { cache_control: { type: 'ephemeral', ...(cache.ttl !== undefined && { ttl: cache.ttl }) } }
}

/** Text without anything in it is refused, as an empty one and as one of spaces alike. */
export function isBlank(text: string): boolean {
  return text.trim() === ''
}

/** Uses and results of tools that the vendor runs; those of the caller's tools have no word before them. */
const serverTool = /_tool_(?:use|result)$/

/** Whether an answer ends here in which the vendor paused: it comes back to be gone on with, as it is. */
export function isPaused(content: readonly Written[]): boolean {
  return serverTool.test(String(content.at(-1)?.['type']))
}

/** @throws RefusedCall for what no Anthropic model takes. */
export function writeParts(parts: readonly Part[], notes: ContentNotes): Written[] {
  return parts.flatMap((part): Written[] => {
    switch (part.is) {
      case 'text':
        return isBlank(part.text) ? [] : [{ type: 'text', text: part.text, ...cacheControl(part.cache) }]
      case 'image':
        return [writeImage(part, notes)]
      case 'file':
        return [writeFile(part, notes)]
      case 'opaque':
        return [writeOpaque(part)]
      case 'audio':
      case 'video':
        throw refused(`${part.is === 'audio' ? 'Audio' : 'Video'} cannot be sent to this model. Ask for one that can take it.`)
    }
  })
}

const images = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

function writeImage({ source, detail, cache }: ImagePart, notes: ContentNotes): Written {
  if (detail !== undefined && detail !== 'auto') notes.losses.lose('detail')
  if (source.is !== 'base64') return { type: 'image', source: writeAddress(source, notes), ...cacheControl(cache) }
  // The bytes tell what they are; a wrong label is a 400.
  const mediaType = mediaTypeOf(source.data) ?? source.mediaType
  if (!images.has(mediaType)) throw refused(`An image of type \`${mediaType}\` cannot be sent to this model. Send PNG, JPEG, GIF or WebP.`)
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: source.data }, ...cacheControl(cache) }
}

function writeFile({ source, name, cache }: FilePart, notes: ContentNotes): Written {
  return { type: 'document', source: writeDocument(source, notes), ...(name !== undefined && { title: name }), ...cacheControl(cache) }
}

function writeDocument(source: FilePart['source'], notes: ContentNotes): Written {
  if (source.is === 'text') return plainText(source.text)
  if (source.is !== 'base64') return writeAddress(source, notes)
  const mediaType = mediaTypeOf(source.data) ?? source.mediaType
  if (mediaType.startsWith('text/')) return plainText(Buffer.from(source.data, 'base64').toString())
  if (mediaType !== 'application/pdf')
    throw refused(`A file of type \`${mediaType}\` cannot be sent to this model. Send a PDF or plain text.`)
  return { type: 'base64', media_type: mediaType, data: source.data }
}

function plainText(text: string): Written {
  return { type: 'text', media_type: 'text/plain', data: text }
}

function writeAddress(source: Exclude<MediaSource, { is: 'base64' }>, { betas }: ContentNotes): Written {
  if (source.is === 'url') return { type: 'url', url: source.url }
  if (source.origin !== origin) throw refused('A file that another vendor keeps cannot be sent to this model. Send its bytes.')
  betas.add('files-api-2025-04-14')
  return { type: 'file', file_id: source.id }
}

function writeOpaque({ type, origin: from, value }: Extract<Part, { is: 'opaque' }>): Written {
  if (from === origin && typeof value === 'object' && value !== null) return { ...value }
  throw refused(`A \`${type}\` cannot be sent to this model. Leave it out, or ask for a model of the vendor that knows it.`)
}

function refused(message: string): RefusedCall {
  return refuse('unsupported', message, { param: 'messages' })
}
