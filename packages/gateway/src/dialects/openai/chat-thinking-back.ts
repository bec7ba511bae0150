/** Thinking that goes back to a provider: where it wants it, in the field that it reads. */
import type { AssistantTurn } from '../canonical/request.ts'
import { belongsTo } from '../canonical/opaque.ts'
import type { ReasoningBlock } from '../canonical/blocks.ts'
import { detailOfOpaque } from './chat-reasoning.ts'
import type { ChatWriting } from './chat-writing.ts'

export interface ThinkingBack {
  readonly fields: Record<string, unknown>
  /** For dialects in which thinking is a part of the content. */
  readonly parts: readonly Record<string, unknown>[]
}

const nothing: ThinkingBack = { fields: {}, parts: [] }

/** @param inLoop whether the turn belongs to the tool calls that are under way. */
export function thinkingOf(turn: AssistantTurn, inLoop: boolean, writing: ChatWriting): ThinkingBack {
  const blocks = turn.blocks.filter((block) => block.is === 'reasoning')
  const details = detailsOf(blocks, writing)
  if (details.length > 0) return { fields: { reasoning_details: details }, parts: [] }
  const wants = wantsBack(writing)
  if (wants === 'never' || (wants === 'in-tool-loop' && !inLoop)) return nothing
  const text = blocks.map((block) => block.text).join('') || placeholder(turn, writing)
  if (text === '') return nothing
  if (writing.style.thinkingParts === true) {
    return { fields: {}, parts: [{ type: 'thinking', thinking: [{ type: 'text', text }], closed: true }] }
  }
  return { fields: { [writing.target.quirks.reasoningField ?? 'reasoning_content']: text }, parts: [] }
}

/** A dialect that has a place for thinking in its messages gets it back while the model's tool calls are under way. */
function wantsBack({ style, target }: ChatWriting): 'never' | 'in-tool-loop' | 'always' {
  return target.quirks.wantsReasoningBack ?? (style.thinkingParts === true && target.reasoning === true ? 'in-tool-loop' : 'never')
}

/**
 * DeepSeek and Moonshot answer a thinking model's turn without thinking with a 400, and one with an empty thought as well; a
 * space is taken (charmbracelet/crush issue 2696). So a conversation that began with another vendor can go on.
 */
function placeholder({ blocks }: AssistantTurn, { request, target, style }: ChatWriting): string {
  const needed = target.reasoning === true && request.reasoning?.effort !== 'none' && style.thinkingParts !== true
  return needed && blocks.some(({ is }) => is === 'tool-call') ? ' ' : ''
}

/** Details go back as they came, and only to the provider that made them. */
function detailsOf(blocks: readonly ReasoningBlock[], { style, target }: ChatWriting): readonly Record<string, unknown>[] {
  const wants = (target.quirks.wantsReasoningBack ?? 'never') !== 'never'
  return blocks.flatMap(({ text, opaque }) => {
    if (opaque === undefined || !belongsTo(opaque, { dialect: style.dialect, provider: target.provider })) return []
    if (opaque.origin.provider === undefined && !wants) return []
    const detail = detailOfOpaque(opaque.data, text)
    return detail === undefined ? [] : [detail]
  })
}
