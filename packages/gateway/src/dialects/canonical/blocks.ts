/** What an assistant says: the blocks of an answer, and of an assistant's turn in a request. */
import type { DialectName } from '../../domain/operation.ts'
import type { Opaque } from './opaque.ts'
import type { CacheMark, MediaSource } from './parts.ts'

export type Block = TextBlock | ReasoningBlock | ToolCallBlock | RefusalBlock | ImageBlock | OpaqueBlock

export interface TextBlock {
  readonly is: 'text'
  readonly text: string
  readonly citations?: readonly Citation[]
  /** A signature that the vendor hung on this very text (Gemini). */
  readonly opaque?: Opaque
  readonly cache?: CacheMark
}

/** Thinking. Without text it is redacted, encrypted or not shown; the opaque part is what its vendor wants back. */
export interface ReasoningBlock {
  readonly is: 'reasoning'
  readonly text: string
  readonly opaque?: Opaque
}

export interface ToolCallBlock {
  readonly is: 'tool-call'
  readonly id: string
  readonly name: string
  /** JSON text as the model wrote it, possibly cut off; free text for a custom tool. Never parsed before the block ends. */
  readonly argumentsText: string
  readonly custom?: boolean
  readonly opaque?: Opaque
  readonly cache?: CacheMark
}

export interface RefusalBlock {
  readonly is: 'refusal'
  readonly text: string
}

export interface ImageBlock {
  readonly is: 'image'
  readonly source: MediaSource
}

/** A block that only its own dialect can hold, such as a tool call that the vendor ran itself. */
export interface OpaqueBlock {
  readonly is: 'opaque'
  /** As its dialect calls it, such as `web_search_call`. */
  readonly type: string
  readonly origin: DialectName
  readonly value: unknown
}

/** A source for a stretch of text. Offsets count UTF-16 units within the block's text; absent where the vendor tells none. */
export interface Citation {
  readonly url?: string
  readonly title?: string
  readonly quote?: string
  readonly start?: number
  readonly end?: number
  /** As its dialect wrote it. */
  readonly origin: DialectName
  readonly value: unknown
}
