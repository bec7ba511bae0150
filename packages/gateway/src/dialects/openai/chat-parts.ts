/** The content of a chat message: a text where that says all, a list of parts where it does not. */
import { refuse } from '../../domain/failure.ts'
import { dataUrl } from '../canonical/data-url.ts'
import type { AudioPart, CacheMark, FilePart, ImagePart, Part, VideoPart } from '../canonical/parts.ts'
import { textOf } from '../canonical/turns.ts'
import { takes } from './chat-writing.ts'
import type { ChatWriting } from './chat-writing.ts'

export type Content = string | readonly Record<string, unknown>[]

/** Not every server reads a list of texts, so texts alone become one. */
export function writeContent(parts: readonly Part[], writing: ChatWriting): Content {
  const marked = parts.some((part) => 'cache' in part && part.cache !== undefined)
  const keepsMarks = marked && takes(writing, 'cache_control')
  if (marked && !keepsMarks) writing.losses.lose('cacheMarks')
  const isText = parts.every(({ is }) => is === 'text')
  if (isText && !keepsMarks && !(writing.isSame && parts.length > 1)) return textOf(parts)
  return parts.map((part) => writePart(part, writing))
}

function writePart(part: Part, writing: ChatWriting): Record<string, unknown> {
  return writing.style.part?.(part) ?? writeCommon(part, writing)
}

function writeCommon(part: Part, writing: ChatWriting): Record<string, unknown> {
  switch (part.is) {
    case 'text':
      return { type: 'text', text: part.text, ...cacheControl(part.cache, writing) }
    case 'image':
      return writeImage(part, writing)
    case 'audio':
      return writeAudio(part)
    case 'video':
      return writeVideo(part, writing)
    case 'file':
      return writeFile(part, writing)
    case 'opaque':
      if (part.origin === writing.style.dialect && typeof part.value === 'object' && part.value !== null) return { ...part.value }
      throw cannotTake(`A part of type \`${part.type}\``, 'Leave it out')
  }
}

export function cacheControl(cache: CacheMark | undefined, writing: ChatWriting): Record<string, unknown> {
  return cache === undefined || !takes(writing, 'cache_control') ? {} : { cache_control: { type: 'ephemeral', ...cache } }
}

function writeImage({ source, detail, cache }: ImagePart, writing: ChatWriting): Record<string, unknown> {
  if (source.is === 'id') throw cannotTake('An image that another vendor keeps', 'Send its bytes as a data URL')
  const image = { url: dataUrl(source), ...(detail !== undefined && { detail }) }
  return { type: 'image_url', image_url: image, ...cacheControl(cache, writing) }
}

const audioFormats: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
}

function writeAudio({ source }: AudioPart): Record<string, unknown> {
  if (source.is !== 'base64') throw cannotTake('Audio by its address', 'Send its bytes')
  const format = audioFormats[source.mediaType] ?? source.mediaType.replace(/^audio\//, '')
  return { type: 'input_audio', input_audio: { data: source.data, format } }
}

function writeVideo({ source }: VideoPart, writing: ChatWriting): Record<string, unknown> {
  if (!takes(writing, 'video') || source.is === 'id') throw cannotTake('Video', 'Leave it out')
  return { type: 'video_url', video_url: { url: dataUrl(source) } }
}

function writeFile({ source, name, cache }: FilePart, writing: ChatWriting): Record<string, unknown> {
  const mark = cacheControl(cache, writing)
  if (source.is === 'text') return { type: 'text', text: name === undefined ? source.text : `${name}\n\n${source.text}`, ...mark }
  return { type: 'file', file: fileOf(source, name, writing), ...mark }
}

function fileOf(
  source: Exclude<FilePart['source'], { is: 'text' }>,
  name: string | undefined,
  writing: ChatWriting,
): Record<string, unknown> {
  const named = name === undefined ? {} : { filename: name }
  switch (source.is) {
    case 'base64':
      return { filename: `file.${source.mediaType.split('/')[1] ?? 'bin'}`, ...named, file_data: dataUrl(source) }
    case 'url':
      if (!takes(writing, 'file-urls')) throw cannotTake('A file by its address', 'Send its bytes')
      return { ...named, file_data: source.url }
    case 'id':
      if (source.origin !== writing.style.dialect) throw cannotTake('A file that another vendor keeps', 'Send its bytes')
      return { ...named, file_id: source.id }
  }
}

function cannotTake(what: string, remedy: string): Error {
  return refuse(
    'unsupported',
    `${what} in \`messages\` cannot be carried over to this model's provider. ${remedy}, or ask for another model.`,
    {
      param: 'messages',
    },
  )
}
