/** Parts that are no text: inline bytes, files, and what only Gemini knows. */
import type { MediaSource, OpaquePart, Part } from '../canonical/parts.ts'
import { badField } from '../sketch-json.ts'
import { recordIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'

/** Files that Google keeps, by the address that its Files API gives them. */
const ownFile = /^https:\/\/generativelanguage\.googleapis\.com\/.*files\//
/** Videos are named by their page. */
const videoPage = /^https:\/\/(?:www\.)?(?:youtube\.com|youtu\.be)\//

export function readMedia(part: Fields): Part {
  const inline = recordIn(part, 'inlineData')
  if (inline !== undefined) return readInline(inline)
  const file = recordIn(part, 'fileData')
  return file === undefined ? opaquePart(part) : readFile(file)
}

function readInline(inline: Fields): Part {
  const data = stringIn(inline, 'data')
  const mediaType = stringIn(inline, 'mimeType')
  if (data === undefined || mediaType === undefined) throw badField('inlineData', '`inlineData` must have `mimeType` and `data`.')
  // Google takes both alphabets of base64; most others only the usual one.
  const source: MediaSource = { is: 'base64', mediaType: mediaType.toLowerCase(), data: data.replaceAll('-', '+').replaceAll('_', '/') }
  const name = stringIn(inline, 'displayName')
  return partOf(source, source.mediaType, name)
}

function readFile(file: Fields): Part {
  const uri = stringIn(file, 'fileUri')
  if (uri === undefined) throw badField('fileData.fileUri', '`fileData` must have a `fileUri`.')
  const mediaType = stringIn(file, 'mimeType')?.toLowerCase()
  const isOwn = ownFile.test(uri) || !/^(?:https?|gs):/.test(uri)
  const source: MediaSource = isOwn
    ? { is: 'id', id: uri, origin: 'gemini-generate' }
    : { is: 'url', url: uri, ...(mediaType !== undefined && { mediaType }) }
  return partOf(source, mediaType ?? (videoPage.test(uri) ? 'video/*' : ''), stringIn(file, 'displayName'))
}

function partOf(source: MediaSource, mediaType: string, name: string | undefined): Part {
  if (mediaType.startsWith('image/')) return { is: 'image', source }
  if (mediaType.startsWith('audio/')) return { is: 'audio', source }
  if (mediaType.startsWith('video/')) return { is: 'video', source }
  return { is: 'file', source, ...(name !== undefined && { name }) }
}

function opaquePart(part: Fields): OpaquePart {
  const type = Object.keys(part).find((name) => name !== 'thought' && !/^thought_?signature$/i.test(name)) ?? 'part'
  return { is: 'opaque', type, origin: 'gemini-generate', value: part }
}
