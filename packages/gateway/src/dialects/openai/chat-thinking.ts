/** How much a model of the OpenAI family shall think, in each of the ways in which its servers are told. */
import type { ThinkingSwitch } from '../../domain/quirks.ts'
import type { Effort, ReasoningAsk } from '../canonical/request.ts'
import type { ChatWriting } from './chat-writing.ts'

const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** Known everywhere where efforts are known at all. */
const commonEfforts: readonly Effort[] = ['low', 'medium', 'high']
/** Those of OpenRouter, which brings them to what each model knows. */
const routerEfforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh']

/** The field that says it, or none where the model does not think or nothing was asked. */
export function writeThinking(writing: ChatWriting): Record<string, unknown> {
  const { request, target, losses } = writing
  const ask = request.reasoning
  if (ask === undefined || (ask.effort === undefined && ask.budgetTokens === undefined && ask.visible === undefined)) return {}
  const way = wayOf(writing)
  if (way === 'none' || (target.reasoning === false && !writing.isSame)) {
    if (ask.effort !== 'none') losses.lose('reasoning')
    return {}
  }
  return writers[way](ask, writing)
}

/** A model that is not known to think is not told to, unless its caller spoke in the same words. */
function wayOf({ target, isSame }: ChatWriting): ThinkingSwitch {
  return target.quirks.thinking ?? (target.reasoning === true || isSame ? 'reasoning-effort' : 'none')
}

type Writer = (ask: ReasoningAsk, writing: ChatWriting) => Record<string, unknown>

const writers: Readonly<Record<Exclude<ThinkingSwitch, 'none'>, Writer>> = {
  'reasoning-effort': (ask, writing) => {
    const effort = knownEffort(ask, writing, commonEfforts)
    return effort === undefined ? {} : { reasoning_effort: effort }
  },
  'reasoning-object': (ask, writing) => {
    const effort = ask.budgetTokens === undefined ? knownEffort(ask, writing, routerEfforts) : undefined
    const amount = ask.budgetTokens === undefined ? { ...(effort !== undefined && { effort }) } : { max_tokens: ask.budgetTokens }
    return { reasoning: { ...amount, ...(ask.visible === false && { exclude: true }) } }
  },
  'enable-thinking': (ask) => {
    const { budgetTokens } = ask
    return thinks(ask) === undefined
      ? {}
      : { enable_thinking: thinks(ask), ...(thinks(ask) === true && budgetTokens !== undefined && { thinking_budget: budgetTokens }) }
  },
  'thinking-type': (ask, writing) => {
    if (thinks(ask) === undefined) return {}
    const effort = writing.target.quirks.efforts === undefined || thinks(ask) === false ? undefined : knownEffort(ask, writing, [])
    return {
      thinking: { type: thinks(ask) === true ? 'enabled' : 'disabled' },
      ...(effort !== undefined && { reasoning_effort: effort }),
    }
  },
  'chat-template': (ask) =>
    // Templates have one name or the other, and leave alone what they do not know.
    thinks(ask) === undefined ? {} : { chat_template_kwargs: { thinking: thinks(ask), enable_thinking: thinks(ask) } },
}

/** undefined: nothing was said of it. */
function thinks({ effort, budgetTokens }: ReasoningAsk): boolean | undefined {
  if (effort === 'none') return false
  return effort === undefined && budgetTokens === undefined ? undefined : true
}

function knownEffort(ask: ReasoningAsk, writing: ChatWriting, unlessTold: readonly string[]): string | undefined {
  const wanted = ask.effort ?? (ask.budgetTokens === undefined ? undefined : effortOfBudget(ask.budgetTokens, writing.request.maxTokens))
  if (wanted === undefined) return undefined
  const known = writing.target.quirks.efforts ?? writing.style.efforts ?? (writing.isSame ? efforts : unlessTold)
  return nearestEffort(wanted, known)
}

/** The same effort, or the nearest that is known; between two, the stronger. */
function nearestEffort(wanted: Effort, known: readonly string[]): string | undefined {
  if (known.includes(wanted)) return wanted
  const place = efforts.indexOf(wanted)
  const ranked = efforts
    .map((effort, rank) => ({ effort, rank, distance: Math.abs(rank - place) }))
    // A caller that wants some thinking is not given none, unless it wants next to none.
    .filter(({ effort }) => known.includes(effort) && (effort !== 'none' || wanted === 'minimal'))
  return ranked.toSorted((left, right) => left.distance - right.distance || right.rank - left.rank)[0]?.effort
}

/** By its share of the whole answer; without a limit for that, by itself. */
function effortOfBudget(budgetTokens: number, maxTokens: number | undefined): Effort {
  const whole = maxTokens ?? 16_384
  const share = budgetTokens / whole
  if (share < 0.35) return 'low'
  return share < 0.65 ? 'medium' : 'high'
}
