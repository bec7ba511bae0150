/** How a model is told to think: each family has fields of its own for that. */
import type { Traits } from '../anthropic-messages/traits.ts'
import type { ReasoningBlock } from '../canonical/blocks.ts'
import type { Losses } from '../canonical/losses.ts'
import type { CanonicalRequest, Effort } from '../canonical/request.ts'
import type { Family } from './model-family.ts'

export interface ThinkingAsk {
  readonly request: CanonicalRequest
  readonly family: Family
  /** The model must call a tool: Claude refuses to think then. */
  readonly forced: boolean
  readonly maxTokens: number | undefined
  readonly maxOutputTokens: number | undefined
  /** Whether this thinking may go back to the model. */
  readonly isKept: (block: ReasoningBlock) => boolean
}

export interface Thinking {
  /** For `additionalModelRequestFields`. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The model will think, and takes fewer knobs of the sampler then. */
  readonly on: boolean
}

const nothing: Thinking = { fields: {}, on: false }
const leastBudgetTokens = 1024
/** What an effort is a share of, where nobody has said how long the answer may be. */
const usualAnswerTokens = 8192

export function thinkingOf(ask: ThinkingAsk, losses: Losses): Thinking {
  const { request, family } = ask
  if (family.traits !== undefined) return claudeThinking(ask, family.traits, losses)
  if (request.reasoning === undefined || wishOf(ask) === 'none') return nothing
  if (family.is === 'gpt-oss') return { fields: { reasoning_effort: mild(wishOf(ask)) }, on: false }
  if (family.is === 'nova' && family.version >= 2) return { fields: novaFields(ask), on: false }
  losses.lose('reasoning')
  return nothing
}

/** A budget that the caller gave in tokens, as the effort that it stands for. Without any wish Bedrock shows no thinking at all. */
function wishOf({ request, maxTokens }: ThinkingAsk): Effort {
  const { effort, budgetTokens } = request.reasoning ?? {}
  if (effort !== undefined) return effort
  if (budgetTokens === undefined) return 'high'
  if (budgetTokens === 0) return 'none'
  const share = budgetTokens / (maxTokens ?? usualAnswerTokens)
  return share < 0.35 ? 'low' : share < 0.65 ? 'medium' : 'high'
}

/** For models that know three efforts. */
function mild(wish: Effort): 'low' | 'medium' | 'high' {
  if (wish === 'medium') return 'medium'
  return wish === 'high' || wish === 'xhigh' || wish === 'max' ? 'high' : 'low'
}

/** At its highest effort Nova takes no limit of the answer. */
function novaFields(ask: ThinkingAsk): Readonly<Record<string, unknown>> {
  const effort = mild(wishOf(ask))
  return { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort === 'high' && ask.maxTokens !== undefined ? 'medium' : effort } }
}

function claudeThinking(ask: ThinkingAsk, traits: Traits, losses: Losses): Thinking {
  if (mustNotThink(ask, traits)) return withoutThinking(ask, traits, losses)
  if (ask.request.reasoning === undefined) return { fields: {}, on: traits.thinksByItself }
  if (wishOf(ask) === 'none') return switchedOff(traits, losses)
  const told = traits.thinking === 'adaptive' ? adaptive(ask, traits) : traits.thinking === 'budget' ? budgeted(ask) : undefined
  if (told === undefined) losses.lose('reasoning')
  return told ?? nothing
}

function withoutThinking(ask: ThinkingAsk, traits: Traits, losses: Losses): Thinking {
  const isAsked = ask.request.reasoning !== undefined
  if (isAsked && wishOf(ask) !== 'none') losses.lose('reasoning')
  return isAsked || traits.thinksByItself ? switchedOff(traits, losses) : nothing
}

/** Where thinking would be answered with a 400, and there is a way to do without. */
function mustNotThink(ask: ThinkingAsk, { off, forcedTools }: Traits): boolean {
  return off !== undefined && ((ask.forced && forcedTools) || lacksThinking(ask))
}

function switchedOff({ off, thinking, thinksByItself, efforts }: Traits, losses: Losses): Thinking {
  if (off === 'between_tools') return { fields: { thinking: { type: off }, output_config: { effort: 'low' } }, on: true }
  if (off === 'disabled') return thinking === 'adaptive' || thinksByItself ? { fields: { thinking: { type: off } }, on: false } : nothing
  losses.lose('reasoning')
  return { fields: efforts.includes('low') ? { output_config: { effort: 'low' } } : {}, on: true }
}

function adaptive(ask: ThinkingAsk, { efforts }: Traits): Thinking {
  const isHidden = ask.request.reasoning?.visible === false
  const effort = nearest(wishOf(ask), efforts)
  return {
    fields: { thinking: { type: 'adaptive', display: isHidden ? 'omitted' : 'summarized' }, output_config: { effort } },
    on: true,
  }
}

const strengths: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** The strongest that the model knows and that is not stronger than wished; else its weakest. */
function nearest(wish: Effort, known: readonly Effort[]): Effort {
  const wished = strengths.indexOf(wish)
  return known.findLast((each) => strengths.indexOf(each) <= wished) ?? known[0] ?? wish
}

const shares: Readonly<Record<Effort, number>> = { none: 0, minimal: 0.1, low: 0.25, medium: 0.5, high: 0.75, xhigh: 1, max: 1 }

/** undefined: the answer is too short to think in. */
function budgeted(ask: ThinkingAsk): Thinking | undefined {
  const { request, maxTokens, maxOutputTokens } = ask
  const most = maxTokens ?? maxOutputTokens ?? usualAnswerTokens
  if (most <= leastBudgetTokens) return undefined
  const wanted = request.reasoning?.budgetTokens ?? Math.floor(most * shares[wishOf(ask)])
  // It must leave room for the answer.
  const budget = Math.max(leastBudgetTokens, wanted < most ? wanted : Math.floor(most * 0.9))
  return { fields: { thinking: { type: 'enabled', budget_tokens: budget } }, on: true }
}

/**
 * Claude wants the turn whose calls were answered last to begin with its thinking, as it was. Where the caller or another vendor
 * has lost it, this request goes without thinking.
 */
function lacksThinking({ request: { turns }, isKept }: ThinkingAsk): boolean {
  if (turns.at(-1)?.role !== 'tool') return false
  const caller = turns.findLast(({ role }) => role === 'assistant')
  const [first] = caller?.role === 'assistant' ? caller.blocks : []
  return first?.is !== 'reasoning' || !isKept(first)
}
