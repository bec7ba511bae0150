/**
 * A chat request in the one form that every dialect is read into and written from. Nothing here belongs to a vendor: what
 * only one vendor knows travels as an opaque value that says where it came from.
 */
import type { DialectName } from '../../domain/operation.ts'
import type { Block } from './blocks.ts'
import type { CacheMark, Part, TextPart } from './parts.ts'

/** A turn of the conversation, in order. System turns stand where they stood. */
export type Turn = SystemTurn | UserTurn | AssistantTurn | ToolTurn

export interface SystemTurn {
  readonly role: 'system'
  readonly parts: readonly TextPart[]
}

export interface UserTurn {
  readonly role: 'user'
  readonly parts: readonly Part[]
  /** Who speaks, where several people do. */
  readonly name?: string
}

export interface AssistantTurn {
  readonly role: 'assistant'
  readonly blocks: readonly Block[]
  readonly name?: string
}

/** All results that the caller gives between two turns of the assistant. */
export interface ToolTurn {
  readonly role: 'tool'
  readonly results: readonly ToolResult[]
}

export interface ToolResult {
  readonly callId: string
  /** The tool's name, where the caller's dialect tells it. */
  readonly name?: string
  readonly parts: readonly Part[]
  readonly isError: boolean
  readonly cache?: CacheMark
}

/** Something the model may call. `server`: the vendor runs it; only its own dialect can hold it. */
export type Tool = FunctionTool | CustomTool | ServerTool

export interface FunctionTool {
  readonly is: 'function'
  readonly name: string
  readonly description?: string
  /** JSON schema of the arguments; absent: none. */
  readonly parameters?: unknown
  readonly strict?: boolean
  /** The caller wants the prompt cached up to here. */
  readonly cache?: CacheMark
}

/** Takes free text instead of JSON arguments (OpenAI's custom tools). */
export interface CustomTool {
  readonly is: 'custom'
  readonly name: string
  readonly description?: string
  readonly format?: unknown
}

interface ServerTool {
  readonly is: 'server'
  /** As the caller's dialect calls it, such as `web_search_20250305`. */
  readonly type: string
  readonly origin: DialectName
  readonly value: unknown
}

export type ToolChoice =
  | { readonly is: 'auto' }
  | { readonly is: 'none' }
  | { readonly is: 'required' }
  /** One of these; with `required` false the model may also answer without a call. */
  | { readonly is: 'allowed'; readonly names: readonly string[]; readonly required: boolean }

export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** How much the model should think. `effort` and `budgetTokens` are two ways of saying one thing; a caller gives either. */
export interface ReasoningAsk {
  readonly effort?: Effort
  readonly budgetTokens?: number
  /** Whether the caller wants to see the thinking; absent: as the target does by itself. */
  readonly visible?: boolean
}

export type AnswerFormat =
  | { readonly is: 'json' }
  | {
      readonly is: 'json-schema'
      readonly name?: string
      readonly description?: string
      readonly schema: unknown
      readonly strict?: boolean
    }

/** Knobs of the sampler: lost where the target has no such knob, and said to be lost. */
export interface Sampling {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly minP?: number
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly repetitionPenalty?: number
  readonly seed?: number
  readonly logitBias?: unknown
  /** How many alternatives for each token; 0: the chosen one only. */
  readonly topLogprobs?: number
}

export interface CanonicalRequest {
  readonly from: DialectName
  readonly model: string
  readonly stream: boolean
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
  readonly reasoning?: ReasoningAsk
  readonly format?: AnswerFormat
  readonly sampling: Sampling
  readonly maxTokens?: number
  readonly stop?: readonly string[]
  /** The end user, for the vendor's abuse checks. */
  readonly user?: string
  readonly cacheKey?: string
  readonly verbosity?: string
  readonly serviceTier?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /**
   * Top-level fields that have no place above, as they came. A target of the same dialect gets them back; for any other
   * they are lost, and said to be lost.
   */
  readonly extras: Readonly<Record<string, unknown>>
}
