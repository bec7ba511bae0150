/** How much the model shall think, in the form that it takes: an effort for the newer ones, a budget of tokens for the older. */
import type { Losses } from '../canonical/losses.ts'
import type { CanonicalRequest, Effort, ReasoningAsk } from '../canonical/request.ts'
import type { Traits } from './traits.ts'
import { isForced } from './write-tools.ts'
import { isPaused } from './write-parts.ts'
import type { Written } from './write-parts.ts'

export interface ThinkingNotes {
  readonly traits: Traits
  readonly losses: Losses
  readonly maxTokens: number
  /** As they will be sent. */
  readonly messages: readonly { readonly role: string; readonly content: readonly Written[] }[]
}

export interface WrittenThinking {
  readonly thinking?: Written
  readonly effort?: Effort
}

/** Less than this is refused. */
const smallestBudget = 1024

export function writeThinking(request: CanonicalRequest, notes: ThinkingNotes): WrittenThinking {
  const { reasoning } = request
  const { traits, losses } = notes
  if (mustNotThink(request, notes)) return withoutThinking(reasoning, notes)
  if (reasoning === undefined) return {}
  if (reasoning.effort === 'none') return switchedOff(traits, losses)
  switch (traits.thinking) {
    case 'adaptive':
      return adaptive(request, reasoning, notes)
    case 'budget':
      return budgeted(reasoning, notes)
    case 'none':
      losses.lose('reasoning')
      return {}
  }
}

function withoutThinking(reasoning: ReasoningAsk | undefined, { traits, losses }: ThinkingNotes): WrittenThinking {
  if (reasoning !== undefined && reasoning.effort !== 'none') losses.lose('reasoning')
  return traits.thinksByItself || reasoning !== undefined ? switchedOff(traits, losses) : {}
}

/** Where thinking would be refused, and there is a way to do without. */
function mustNotThink({ toolChoice }: CanonicalRequest, { traits, messages }: ThinkingNotes): boolean {
  if (traits.off === undefined) return false
  return (isForced(toolChoice) && traits.forcedTools) || lacksThinking(messages) || isPrefilled(messages)
}

function switchedOff({ off, thinking, thinksByItself, efforts }: Traits, losses: Losses): WrittenThinking {
  if (off === 'between_tools') return { thinking: { type: off }, effort: 'low' }
  if (off === 'disabled') return thinking === 'adaptive' || thinksByItself ? { thinking: { type: off } } : {}
  losses.lose('reasoning')
  return efforts.includes('low') ? { effort: 'low' } : {}
}

function adaptive({ from }: CanonicalRequest, reasoning: ReasoningAsk, { traits, maxTokens }: ThinkingNotes): WrittenThinking {
  const effort = effortOf(reasoning, maxTokens)
  // The newer models hide their thinking unless told; whoever asks in another dialect expects to see some.
  const display =
    reasoning.visible === false ? 'omitted' : reasoning.visible === true || from !== 'anthropic-messages' ? 'summarized' : undefined
  return {
    thinking: { type: 'adaptive', ...(display !== undefined && { display }) },
    ...(effort !== undefined && { effort: nearest(effort, traits.efforts) }),
  }
}

/** The share of the answer that a budget takes tells how hard the model shall think. */
function effortOf({ effort, budgetTokens }: ReasoningAsk, maxTokens: number): Effort | undefined {
  if (effort !== undefined || budgetTokens === undefined) return effort
  const share = budgetTokens / maxTokens
  if (share < 0.35) return 'low'
  return share < 0.65 ? 'medium' : 'high'
}

const strengths: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** The strongest that the model knows and that is not stronger than asked; else its weakest. */
function nearest(effort: Effort, known: readonly Effort[]): Effort {
  const asked = strengths.indexOf(effort)
  return known.findLast((each) => strengths.indexOf(each) <= asked) ?? known[0] ?? effort
}

const shares: Readonly<Record<Effort, number>> = { none: 0, minimal: 0.25, low: 0.25, medium: 0.5, high: 0.75, xhigh: 1, max: 1 }

/** A budget must leave room for the answer. One that cannot be had at all is lost. */
function budgeted({ effort, budgetTokens, visible }: ReasoningAsk, { losses, maxTokens }: ThinkingNotes): WrittenThinking {
  if (maxTokens <= smallestBudget) {
    losses.lose('reasoning')
    return {}
  }
  const wanted = budgetTokens ?? Math.floor(maxTokens * shares[effort ?? 'medium'])
  const most = wanted < maxTokens ? wanted : Math.floor(maxTokens * 0.9)
  const budget = Math.max(smallestBudget, most)
  return { thinking: { type: 'enabled', budget_tokens: budget, ...(visible === false && { display: 'omitted' }) } }
}

/**
 * Whether the tool calls that are answered last were made without thinking, or their thinking is another vendor's and gone: with
 * thinking switched on such a conversation is refused.
 */
function lacksThinking(messages: ThinkingNotes['messages']): boolean {
  const last = messages.at(-1)
  if (last?.role !== 'user' || !last.content.some(({ type }) => type === 'tool_result')) return false
  const caller = messages.findLast(({ role }) => role === 'assistant')
  const type = caller?.content[0]?.['type']
  return type !== 'thinking' && type !== 'redacted_thinking'
}

/** The beginning of an answer that is given already has no thinking before it, unless the vendor has begun it. */
function isPrefilled(messages: ThinkingNotes['messages']): boolean {
  const last = messages.at(-1)
  return last?.role === 'assistant' && !isPaused(last.content)
}
