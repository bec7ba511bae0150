/** Images, documents and videos as Converse takes them: bytes and the name of their format. */
import { refuse } from '../../domain/failure.ts'
import type { MediaSource } from '../canonical/parts.ts'

const imageFormats: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
}

const videoFormats: Readonly<Record<string, string>> = {
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/webm': 'webm',
  'video/x-flv': 'flv',
  'video/mpeg': 'mpeg',
  'video/x-ms-wmv': 'wmv',
  'video/3gpp': 'three_gp',
}

const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
}

interface Medium {
  readonly format: string
  readonly source: { readonly bytes: string }
}

export function imageOf(source: MediaSource): Medium {
  return mediumOf(source, imageFormats, 'image')
}

export function videoOf(source: MediaSource): Medium {
  return mediumOf(source, videoFormats, 'video')
}

export function documentOf(source: MediaSource): Medium {
  return mediumOf(source, documentFormats, 'document')
}

/** `jpeg` → `image/jpeg`. */
export function mediaTypeOfFormat(format: unknown): string | undefined {
  return Object.entries(imageFormats).find(([, name]) => name === format)?.[0]
}

function mediumOf(source: MediaSource, formats: Readonly<Record<string, string>>, kind: string): Medium {
  if (source.is !== 'base64') {
    throw refuse('unsupported', `This model's provider takes the bytes of ${kind}s only, as base64.`, { param: 'messages' })
  }
  const format = formats[source.mediaType]
  if (format !== undefined) return { format, source: { bytes: source.data } }
  const known = [...new Set(Object.values(formats))].join(', ')
  throw refuse('unsupported', `This model's provider takes no ${kind} of type ${source.mediaType}. It takes: ${known}.`, {
    param: 'messages',
  })
}

/** Names documents as Bedrock wants them, each differently: letters, digits, dashes, brackets and single spaces. */
export class DocumentNames {
  readonly #taken = new Set<string>()

  next(wanted: string | undefined): string {
    const plain = (wanted ?? '')
      .replaceAll(/[^A-Za-z0-9\s()[\]-]/g, '-')
      .replaceAll(/\s+/g, ' ')
      .trim()
      .slice(0, 180)
    const name = plain === '' ? 'document' : plain
    let free = name
    for (let copy = 2; this.#taken.has(free); copy++) free = `${name} (${copy})`
    this.#taken.add(free)
    return free
  }
}
