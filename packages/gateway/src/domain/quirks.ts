/** Where a provider departs from the dialect it speaks: data for the writers of requests, read only when a request is translated. */
import type { DialectName } from './operation.ts'

/** How a provider of the OpenAI family is told to think, or not to. */
export type ThinkingSwitch =
  /** `reasoning_effort: "low"`, OpenAI's own. */
  | 'reasoning-effort'
  /** `reasoning: {effort}` or `{max_tokens}` (OpenRouter). */
  | 'reasoning-object'
  /** `enable_thinking: true` with `thinking_budget` (Qwen). */
  | 'enable-thinking'
  /** `thinking: {type: "enabled" | "disabled"}` (Z.AI, Moonshot, DeepSeek). */
  | 'thinking-type'
  /** `chat_template_kwargs: {thinking: true}` (vLLM, NVIDIA). */
  | 'chat-template'
  | 'none'

/** What only some servers of the OpenAI family take: fields, and forms of parts and tools. */
export type OptionalField =
  | 'prompt_cache_key'
  | 'verbosity'
  | 'top_k'
  | 'min_p'
  | 'repetition_penalty'
  /** Cache marks on parts and tools. */
  | 'cache_control'
  /** Names of those who speak. */
  | 'name'
  | 'custom-tools'
  | 'video'
  /** Files by their address. */
  | 'file-urls'

export interface Quirks {
  /** The name of the answer's limit; `max_tokens` unless told. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** What thinking is called in an assistant's message that is sent back; both are read. `reasoning_content` unless told. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning'
  /** Whether the provider wants its thinking back; `never` unless told. */
  readonly wantsReasoningBack?: 'never' | 'in-tool-loop' | 'always'
  readonly thinking?: ThinkingSwitch
  /** Efforts that the provider knows, weakest first; others are moved to the nearest. */
  readonly efforts?: readonly string[]
  /** The role that system turns get; `system` unless told. */
  readonly systemRole?: 'system' | 'developer'
  /** Several system messages, or one that is not the first, are refused: they are joined at the front. */
  readonly oneSystemMessage?: boolean
  /** A provider that speaks OpenAI's dialect by the rules of another: ids of calls, the order of roles, the fields it refuses. */
  readonly manner?: 'mistral'
  /** Beyond what nearly all servers of the family take. */
  readonly takes?: readonly OptionalField[]
  /** `<think>` tags at the beginning of the text are thinking. */
  readonly thinkTags?: boolean
  /** Images are taken as bytes only: addresses are fetched here. */
  readonly fetchesNoImages?: boolean
  /** Calls and their results stand in order and carry no ids: a field `id` is refused (Vertex). */
  readonly callsWithoutIds?: boolean
  /** The last touch to the translated body, for what a table cannot say. */
  readonly adjustRequest?: (body: Record<string, unknown>, model: string) => Record<string, unknown>
}

/** What is lost when a request goes to a dialect that has no place for it: the names of the fields. */
export type LossName = string

/** Where a translated request goes. */
export interface TranslationTarget {
  readonly provider: string
  /** The provider's name for the model. */
  readonly model: string
  readonly dialect: DialectName
  /** The largest answer the model gives, if known. */
  readonly maxOutputTokens?: number
  /** The target's own limit when the caller asked for more. */
  readonly maxTokens?: number
  /** Whether the model thinks; undefined: unknown. */
  readonly reasoning?: boolean
  readonly keyId: string
  readonly quirks: Quirks
  /** Top-level fields, by their names on the wire, that the target refuses. */
  readonly removed?: readonly string[]
  /** Top-level fields that go by another name there. */
  readonly renamed?: Readonly<Record<string, string>>
  /** The owner's parameters: they are added where the request lacks them. */
  readonly defaults?: Readonly<Record<string, unknown>>
}
