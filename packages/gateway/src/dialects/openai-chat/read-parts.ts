/** The content of chat messages: a text, or a list of parts, on every role alike. */
import { parseDataUrl } from '../canonical/data-url.ts'
import type { CacheMark, FilePart, MediaSource, Part, TextPart } from '../canonical/parts.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'

type Fields = Readonly<Record<string, unknown>>

/** @param place the field, for the message of a refusal. */
export function readParts(content: unknown, place: string): readonly Part[] {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ is: 'text', text: content }]
  if (!Array.isArray(content)) throw badField('messages', `\`${place}\` must be a text or a list of parts.`)
  return content.map((part, at) => readPart(part, `${place}[${at}]`))
}

/** For roles that only say texts. */
export function readTexts(content: unknown, place: string): readonly TextPart[] {
  return readParts(content, place).map((part) => {
    if (part.is === 'text') return part
    throw badField('messages', `\`${place}\` may only hold texts; put everything else into a message of the user.`)
  })
}

function readPart(part: unknown, place: string): Part {
  if (typeof part === 'string') return { is: 'text', text: part }
  if (!isRecord(part)) throw badField('messages', `\`${place}\` must be an object with a \`type\`.`)
  const type = textIn(part['type']) ?? (typeof part['text'] === 'string' ? 'text' : undefined)
  if (type === undefined) throw badField('messages', `\`${place}\` has no \`type\`.`)
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined
  return read === undefined ? { is: 'opaque', type, origin: 'openai-chat', value: part } : read(part, place)
}

type PartReader = (part: Fields, place: string) => Part

const readers: Readonly<Record<string, PartReader>> = {
  text: readText,
  input_text: readText,
  output_text: readText,
  refusal: (part) => ({ is: 'text', text: textIn(part['refusal']) ?? '' }),
  image_url: readImage,
  input_image: readImage,
  input_audio: readAudio,
  video_url: (part, place) => ({ is: 'video', source: sourceOf(urlIn(part['video_url'], place)) }),
  file: readFile,
}

function readText(part: Fields, place: string): TextPart {
  const { text } = part
  if (typeof text !== 'string') throw badField('messages', `\`${place}.text\` must be a text.`)
  return { is: 'text', text, ...markOf(part) }
}

/** A habit of OpenRouter's and LiteLLM's callers, which Anthropic's models understand. */
export function markOf({ cache_control: mark }: Fields): { readonly cache?: CacheMark } {
  if (!isRecord(mark)) return {}
  const ttl = textIn(mark['ttl'])
  return { cache: ttl === undefined ? {} : { ttl } }
}

function readImage(part: Fields, place: string): Part {
  const holder = part['image_url']
  const detail = textIn(isRecord(holder) ? holder['detail'] : part['detail'])
  const source = sourceOf(urlIn(holder, `${place}.image_url`))
  return { is: 'image', source, ...(detail !== undefined && { detail }), ...markOf(part) }
}

function urlIn(holder: unknown, place: string): string {
  const url = textIn(isRecord(holder) ? holder['url'] : holder)
  if (url === undefined) throw badField('messages', `\`${place}.url\` must be an address or a data URL.`)
  return url
}

function sourceOf(url: string): MediaSource {
  const bytes = parseDataUrl(url)
  return bytes === undefined ? { is: 'url', url } : { is: 'base64', ...bytes }
}

const audioTypes: ReadonlyMap<string, string> = new Map([
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
])

/** Some callers write a data URL where the bare bytes belong. */
function readAudio(part: Fields, place: string): Part {
  const audio = isRecord(part['input_audio']) ? part['input_audio'] : {}
  const data = textIn(audio['data'])
  if (data === undefined) throw badField('messages', `\`${place}.input_audio.data\` must hold the audio as base64.`)
  const bytes = parseDataUrl(data)
  const format = textIn(audio['format']) ?? 'wav'
  return { is: 'audio', source: { is: 'base64', ...(bytes ?? { mediaType: audioTypes.get(format) ?? `audio/${format}`, data }) } }
}

function readFile(part: Fields, place: string): FilePart {
  const file = isRecord(part['file']) ? part['file'] : {}
  const [name, data, id] = [textIn(file['filename']), textIn(file['file_data']), textIn(file['file_id'])]
  if (data === undefined && id === undefined)
    throw badField('messages', `\`${place}.file\` needs \`file_data\` (a data URL) or \`file_id\`.`)
  const source = data === undefined ? { is: 'id' as const, id: id ?? '', origin: 'openai-chat' as const } : fileSource(data)
  return { is: 'file', source, ...(name !== undefined && { name }), ...markOf(part) }
}

/** An address, a data URL, or the bare bytes of a PDF. */
function fileSource(data: string): MediaSource {
  return /^(?:data|https?):/i.test(data) ? sourceOf(data) : { is: 'base64', mediaType: 'application/pdf', data }
}
