/**
 * A streamed answer in the one form that every dialect is read into and written from.
 *
 * What a reader promises: block indexes are dense from 0 in order of opening; every block that starts ends once, before
 * `finish`; only tool calls may be open side by side; an empty block is never opened; `usage` comes at most once, last
 * word, before `finish`; `finish` comes once, at the very end, when the provider has said all; after `failure` nothing comes.
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { Finish } from './answer.ts'
import type { Citation, ImageBlock, OpaqueBlock } from './blocks.ts'
import type { Opaque } from './opaque.ts'

export type CanonicalEvent =
  | {
      readonly is: 'answer-start'
      readonly id?: string | undefined
      readonly model?: string | undefined
      readonly createdAt?: number | undefined
      /** Where the provider counts the prompt before it answers. */
      readonly inputUsage?: Usage | undefined
    }
  | { readonly is: 'text-start'; readonly index: number }
  | { readonly is: 'text-delta'; readonly index: number; readonly text: string }
  | { readonly is: 'text-end'; readonly index: number; readonly opaque?: Opaque }
  | { readonly is: 'reasoning-start'; readonly index: number }
  | { readonly is: 'reasoning-delta'; readonly index: number; readonly text: string }
  | { readonly is: 'reasoning-end'; readonly index: number; readonly opaque?: Opaque }
  | { readonly is: 'refusal-start'; readonly index: number }
  | { readonly is: 'refusal-delta'; readonly index: number; readonly text: string }
  | { readonly is: 'refusal-end'; readonly index: number }
  | { readonly is: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string; readonly custom?: boolean }
  | { readonly is: 'tool-call-delta'; readonly index: number; readonly argumentsText: string }
  | { readonly is: 'tool-call-end'; readonly index: number; readonly opaque?: Opaque }
  /** A block that comes in one piece. */
  | { readonly is: 'block'; readonly index: number; readonly block: ImageBlock | OpaqueBlock }
  | { readonly is: 'citation'; readonly index: number; readonly citation: Citation }
  | { readonly is: 'logprobs'; readonly content: readonly unknown[] }
  | { readonly is: 'usage'; readonly usage: Usage }
  | { readonly is: 'finish'; readonly finish: Finish; readonly raw?: string | undefined; readonly stopSequence?: string | undefined }
  | { readonly is: 'failure'; readonly failure: Failure }
