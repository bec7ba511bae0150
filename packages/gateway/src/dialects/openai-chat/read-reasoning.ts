/** How much a caller wants the model to think, in whichever of the family's ways it says so. */
import type { Effort, ReasoningAsk } from '../canonical/request.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'

type Fields = Readonly<Record<string, unknown>>

const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** Thinking is asked for, and nothing is said of how much. */
const usual: Effort = 'medium'

/** The fields that are read here. */
export const reasoningFields = [
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'include_reasoning',
] as const

export function readReasoning(body: Fields): ReasoningAsk | undefined {
  const visible = visibleIn(body)
  const amount = fromEffort(body['reasoning_effort'], 'reasoning_effort') ?? fromObject(body) ?? fromThinking(body) ?? fromSwitch(body)
  if (amount === undefined && visible === undefined) return undefined
  return { ...amount, ...(visible !== undefined && { visible }) }
}

type Amount = Pick<ReasoningAsk, 'effort' | 'budgetTokens'>

function fromEffort(value: unknown, field: string): Amount | undefined {
  if (value === undefined || value === null) return undefined
  const effort = efforts.find((each) => each === value)
  if (effort === undefined) throw badField(field, `\`${field}\` must be one of ${efforts.join(', ')}.`)
  return { effort }
}

/** OpenRouter's. */
function fromObject({ reasoning }: Fields): Amount | undefined {
  if (!isRecord(reasoning)) return undefined
  const budget = tokensIn(reasoning['max_tokens'])
  if (budget !== undefined) return { budgetTokens: budget }
  if (reasoning['enabled'] === false) return { effort: 'none' }
  return fromEffort(reasoning['effort'], 'reasoning.effort') ?? (reasoning['enabled'] === true ? { effort: usual } : undefined)
}

/** Anthropic's, which Z.AI, Moonshot and DeepSeek took over. */
function fromThinking({ thinking }: Fields): Amount | undefined {
  const type = isRecord(thinking) ? textIn(thinking['type']) : undefined
  if (!isRecord(thinking) || type === undefined) return undefined
  if (type === 'disabled') return { effort: 'none' }
  const budget = tokensIn(thinking['budget_tokens'])
  return budget === undefined ? { effort: usual } : { budgetTokens: budget }
}

/** Qwen's. */
function fromSwitch({ enable_thinking: enabled, thinking_budget: budget }: Fields): Amount | undefined {
  if (enabled === false) return { effort: 'none' }
  const tokens = tokensIn(budget)
  if (tokens !== undefined) return { budgetTokens: tokens }
  return enabled === true ? { effort: usual } : undefined
}

function visibleIn({ reasoning, include_reasoning: included }: Fields): boolean | undefined {
  const excluded = isRecord(reasoning) ? reasoning['exclude'] : undefined
  if (typeof excluded === 'boolean') return !excluded
  return typeof included === 'boolean' ? included : undefined
}

function tokensIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined
}
