/** Data URLs (RFC 2397) as clients write them, and what kind of image a base64 text holds. */
import type { MediaSource } from './parts.ts'

const form = /^data:([^,]*),/i

/** undefined: no data URL with base64 content. Space inside the payload is dropped, URL-safe letters are made the usual ones. */
export function parseDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  const head = form.exec(url.slice(0, 512))
  if (head === null) return undefined
  const [type = '', ...parameters] = (head[1] ?? '').split(';').map((part) => part.trim())
  if (!parameters.some((parameter) => parameter.toLowerCase() === 'base64')) return undefined
  const data = url.slice(head[0].length).replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
  return { mediaType: (type === '' ? (mediaTypeOf(data) ?? 'application/octet-stream') : type).toLowerCase(), data }
}

/** The address of a source, with the bytes in it where the source is bytes. An id is its own address. */
export function dataUrl(source: MediaSource): string {
  switch (source.is) {
    case 'base64':
      return `data:${source.mediaType};base64,${source.data}`
    case 'url':
      return source.url
    case 'id':
      return source.id
  }
}

/** First bytes, in hex, of what models can look at and listen to. */
const magic: readonly (readonly [hex: RegExp, mediaType: string])[] = [
  [/^89504e47/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^47494638/, 'image/gif'],
  [/^52494646.{8}57454250/, 'image/webp'],
  [/^25504446/, 'application/pdf'],
  [/^52494646.{8}57415645/, 'audio/wav'],
  [/^494433|^fff[b3a2]/, 'audio/mpeg'],
  [/^4f676753/, 'audio/ogg'],
  [/^664c6143/, 'audio/flac'],
]

/** undefined: none of the kinds known here. */
export function mediaTypeOf(base64: string): string | undefined {
  const hex = Buffer.from(base64.slice(0, 24), 'base64').toString('hex')
  return magic.find(([start]) => start.test(hex))?.[1]
}
