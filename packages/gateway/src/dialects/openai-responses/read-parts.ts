/** What users, systems and tools say in a request of the Responses API. */
import type { RefusedCall } from '../../domain/failure.ts'
import { parseDataUrl } from '../canonical/data-url.ts'
import type { CacheMark, FilePart, ImagePart, MediaSource, Part, TextPart } from '../canonical/parts.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'

const origin = 'openai-responses'

/** @param place for messages, such as `input[2].content`. @throws RefusedCall (400). */
export function readParts(content: unknown, place: string): readonly Part[] {
  if (typeof content === 'string') return [{ is: 'text', text: content }]
  if (!Array.isArray(content)) throw badField(place, `\`${place}\` must be a text or a list of parts.`)
  return content.map((part: unknown, at) => readPart(part, `${place}[${at}]`))
}

/** System and developer messages hold text only, in every dialect but this one. */
export function readTexts(content: unknown, place: string): readonly TextPart[] {
  return readParts(content, place).map((part) => {
    if (part.is === 'text') return part
    throw badField(place, `\`${place}\` holds something other than text. Put it into a message of the user.`)
  })
}

type PartReader = (part: Record<string, unknown>, place: string) => Part

const readers: Readonly<Record<string, PartReader>> = {
  input_text: readText,
  output_text: readText,
  text: readText,
  summary_text: readText,
  refusal: (part) => ({ is: 'text', text: textIn(part['refusal']) ?? '' }),
  input_image: readImage,
  input_file: readFile,
  input_audio: readAudio,
}

function readPart(part: unknown, place: string): Part {
  if (typeof part === 'string') return { is: 'text', text: part }
  if (!isRecord(part)) throw badField(place, `\`${place}\` must be a part with a \`type\`.`)
  const type = textIn(part['type']) ?? ''
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  return reader === undefined ? { is: 'opaque', type, origin, value: part } : reader(part, place)
}

function readText(part: Record<string, unknown>, place: string): TextPart {
  const { text } = part
  if (typeof text !== 'string') throw badField(`${place}.text`, `\`${place}.text\` must be a text.`)
  return { is: 'text', text, ...cacheOf(part) }
}

function readImage(part: Record<string, unknown>, place: string): ImagePart {
  const detail = textIn(part['detail'])
  const { image_url: url } = part
  // Chat's own form is seen in the wild.
  const address = textIn(isRecord(url) ? url['url'] : url)
  const source = address === undefined ? fileId(part) : addressed(address)
  if (source === undefined) throw badField(place, `\`${place}\` needs an \`image_url\` or a \`file_id\`.`)
  return { is: 'image', source, ...(detail !== undefined && { detail }), ...cacheOf(part) }
}

function readFile(part: Record<string, unknown>, place: string): FilePart {
  const name = textIn(part['filename'])
  const data = textIn(part['file_data'])
  const address = textIn(part['file_url'])
  const source = data === undefined ? (address === undefined ? fileId(part) : addressed(address)) : inline(data, name)
  if (source === undefined) throw badField(place, `\`${place}\` needs \`file_data\`, a \`file_url\` or a \`file_id\`.`)
  return { is: 'file', source, ...(name !== undefined && { name }), ...cacheOf(part) }
}

function readAudio(part: Record<string, unknown>, place: string): Part {
  const { input_audio: audio } = part
  const data = isRecord(audio) ? textIn(audio['data']) : undefined
  if (!isRecord(audio) || data === undefined) throw badField(place, `\`${place}.input_audio\` needs \`data\` and \`format\`.`)
  const format = textIn(audio['format']) ?? 'wav'
  return { is: 'audio', source: { is: 'base64', mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`, data } }
}

function addressed(url: string): MediaSource {
  const inside = parseDataUrl(url)
  return inside === undefined ? { is: 'url', url } : { is: 'base64', ...inside }
}

/** Base64, with or without the head of a data URL. */
function inline(data: string, name: string | undefined): MediaSource {
  const inside = parseDataUrl(data)
  if (inside !== undefined) return { is: 'base64', ...inside }
  return { is: 'base64', mediaType: name?.toLowerCase().endsWith('.pdf') === false ? 'application/octet-stream' : 'application/pdf', data }
}

function fileId(part: Record<string, unknown>): MediaSource | undefined {
  const id = textIn(part['file_id'])
  return id === undefined ? undefined : { is: 'id', id, origin }
}

function cacheOf(part: Record<string, unknown>): { readonly cache?: CacheMark } {
  const mark = part['prompt_cache_breakpoint']
  if (!isRecord(mark)) return {}
  const ttl = textIn(mark['ttl'])
  return { cache: ttl === undefined ? {} : { ttl } }
}

/** A field that must be a text. @throws RefusedCall (400). */
export function needText(item: Record<string, unknown>, name: string, place: string): string {
  const value = item[name]
  if (typeof value !== 'string') throw missing(`${place}.${name}`)
  return value
}

function missing(place: string): RefusedCall {
  return badField(place, `\`${place}\` must be a text.`)
}
