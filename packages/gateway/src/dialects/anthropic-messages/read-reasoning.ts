/** How much a caller wants the model to think: `thinking` and `output_config`, read into one. */
import type { Effort, ReasoningAsk } from '../canonical/request.ts'
import { isRecord } from '../wire.ts'
import { badContent } from './read-content.ts'

type Fields = Readonly<Record<string, unknown>>

export interface ReadReasoning {
  readonly reasoning?: ReasoningAsk
  /** What has no place in it, under the field's own name. */
  readonly left: Readonly<Record<string, unknown>>
}

const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

export function readReasoning(body: Fields): ReadReasoning {
  const { thinking } = body
  const { effort, others } = readConfig(body['output_config'])
  const config = (more: Fields = {}): Fields => {
    const left = { ...others, ...more }
    return Object.keys(left).length === 0 ? {} : { output_config: left }
  }
  const asked = effort === undefined ? {} : { effort }
  if (thinking === undefined || thinking === null) {
    return effort === undefined ? { left: config() } : { reasoning: { effort }, left: config() }
  }
  if (!isRecord(thinking)) throw badContent('thinking', 'it must be an object.')
  switch (thinking['type']) {
    case 'disabled':
      // The effort also says how much the model writes, which is lost wherever thinking is switched off by an effort of none.
      return { reasoning: { effort: 'none' }, left: config(asked) }
    case 'enabled':
      return { reasoning: { budgetTokens: budgetIn(thinking), ...visibleIn(thinking) }, left: config(asked) }
    case 'adaptive':
      return { reasoning: { ...asked, ...visibleIn(thinking) }, left: config() }
    default:
      return { reasoning: { ...asked }, left: { ...config(), thinking } }
  }
}

function readConfig(config: unknown): { readonly effort?: Effort; readonly others: Fields } {
  if (!isRecord(config)) return { others: {} }
  const { effort: told, format, ...others } = config
  // The format is read elsewhere.
  void format
  const effort = efforts.find((each) => each === told)
  if (effort !== undefined) return { effort, others }
  return { others: told === undefined || told === null ? others : { ...others, effort: told } }
}

function budgetIn({ budget_tokens: budget }: Fields): number {
  if (typeof budget === 'number' && Number.isInteger(budget) && budget > 0) return budget
  throw badContent('thinking.budget_tokens', 'it must be a whole number of at least 1024.')
}

function visibleIn({ display }: Fields): Pick<ReasoningAsk, 'visible'> {
  if (display === 'omitted') return { visible: false }
  return display === 'summarized' ? { visible: true } : {}
}
