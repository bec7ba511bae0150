/** What the parts of a chat request's writer share: the request, where it goes, and how the dialect of that family writes it. */
import type { DialectName } from '../../domain/operation.ts'
import type { OptionalField, TranslationTarget } from '../../domain/quirks.ts'
import type { Losses } from '../canonical/losses.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import type { ToolIdRule } from '../canonical/tool-ids.ts'
import type { ToolNames } from '../canonical/tool-names.ts'

/** How a dialect of the family differs from OpenAI's own. */
export interface ChatStyle {
  readonly dialect: DialectName
  readonly toolIds: ToolIdRule
  /** The word for "call one of the tools". */
  readonly required: 'required' | 'any'
  /** Thinking goes back as parts of the content. */
  readonly thinkingParts?: boolean
  /** What its servers take beside the common fields. */
  readonly takes?: readonly OptionalField[]
  /** Fields of its own that callers of OpenAI's chat send; they go on as they are. */
  readonly extras?: readonly string[]
  /** Efforts that its models know, where the provider does not say. */
  readonly efforts?: readonly string[]
  /** Parts that it has a form of its own for. */
  readonly part?: (part: Part) => Record<string, unknown> | undefined
  /** The last arrangement of turns. */
  readonly arrange?: (turns: readonly Turn[]) => readonly Turn[]
  /** The last touch to the body, before the provider's own. */
  readonly adjust?: (body: Record<string, unknown>, writing: ChatWriting) => Record<string, unknown>
}

export interface ChatWriting {
  readonly style: ChatStyle
  readonly request: CanonicalRequest
  readonly target: TranslationTarget
  readonly names: ToolNames
  readonly losses: Losses
  /** The caller speaks this very dialect: what it sent is put back as it was. */
  readonly isSame: boolean
}

export function takes({ isSame, style, target }: ChatWriting, field: OptionalField): boolean {
  return isSame || style.takes?.includes(field) === true || target.quirks.takes?.includes(field) === true
}
