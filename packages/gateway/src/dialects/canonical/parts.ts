/** What a user or a tool can say: text, media, files, and things that only one vendor understands. */
import type { DialectName } from '../../domain/operation.ts'

/** A prompt cache break point; `ttl` as the vendor writes it, such as `1h`. */
export interface CacheMark {
  readonly ttl?: string
}

export type Part = TextPart | ImagePart | AudioPart | VideoPart | FilePart | OpaquePart

export interface TextPart {
  readonly is: 'text'
  readonly text: string
  readonly cache?: CacheMark
}

/** Where the bytes are. `id`: a file that the vendor of `origin` keeps. */
export type MediaSource =
  | { readonly is: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly is: 'url'; readonly url: string; readonly mediaType?: string }
  | { readonly is: 'id'; readonly id: string; readonly origin: DialectName }

export interface ImagePart {
  readonly is: 'image'
  readonly source: MediaSource
  /** `low`, `high`, `auto`. */
  readonly detail?: string
  readonly cache?: CacheMark
}

export interface AudioPart {
  readonly is: 'audio'
  readonly source: MediaSource
}

export interface VideoPart {
  readonly is: 'video'
  readonly source: MediaSource
}

/** PDFs and other documents; `text` for a document that is given as plain text. */
export interface FilePart {
  readonly is: 'file'
  readonly source: MediaSource | { readonly is: 'text'; readonly text: string }
  readonly name?: string
  readonly cache?: CacheMark
}

/** A part that only its own dialect can hold: a search result, a document with citations switched on, a part not known here. */
export interface OpaquePart {
  readonly is: 'opaque'
  /** As its dialect calls it. */
  readonly type: string
  readonly origin: DialectName
  readonly value: unknown
}
