/** The last step of a translated chat request: what the target refuses is taken out, renamed, or added. */
import type { LossName, TranslationTarget } from '../../domain/quirks.ts'
import type { ChatWriting } from './chat-writing.ts'

/** What is lost with a field. */
const lossOf: Readonly<Record<string, LossName>> = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  min_p: 'minP',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  repetition_penalty: 'repetitionPenalty',
  seed: 'seed',
  random_seed: 'seed',
  logit_bias: 'logitBias',
  logprobs: 'topLogprobs',
  top_logprobs: 'topLogprobs',
  stop: 'stop',
  user: 'user',
  max_tokens: 'maxTokens',
  max_completion_tokens: 'maxTokens',
  response_format: 'format',
  parallel_tool_calls: 'parallelToolCalls',
  tool_choice: 'toolChoice',
  tools: 'tools',
  reasoning: 'reasoning',
  reasoning_effort: 'reasoning',
  thinking: 'reasoning',
  enable_thinking: 'reasoning',
  prompt_cache_key: 'cacheKey',
  verbosity: 'verbosity',
  service_tier: 'serviceTier',
  metadata: 'metadata',
}

/** Of no consequence for the answer. */
const silent: ReadonlySet<string> = new Set(['stream_options'])

/** `reasoning_effort` of a configured model is the owner's decision; other parameters only fill gaps. */
const alwaysWins: ReadonlySet<string> = new Set(['reasoning_effort'])

export function fitToTarget(body: Record<string, unknown>, writing: ChatWriting): Record<string, unknown> {
  const { quirks, model, defaults = {} } = writing.target
  const fitted = taken(body, writing)
  for (const [field, value] of Object.entries(defaults)) {
    if (alwaysWins.has(field) || !Object.hasOwn(fitted, field)) fitted[field] = value
  }
  return quirks.adjustRequest === undefined ? fitted : quirks.adjustRequest(fitted, model)
}

/** What the target takes, under its own names. */
function taken(body: Record<string, unknown>, { target, losses }: ChatWriting): Record<string, unknown> {
  const { removed = [] } = target
  const kept: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(body)) {
    const name = nameOf(field, body, target)
    if (!removed.includes(field) && !removed.includes(name)) kept[name] = value
    else if (!silent.has(field)) losses.lose(lossOf[field] ?? `extras.${field}`)
  }
  return kept
}

/** A request that has the other name already keeps both. */
function nameOf(field: string, body: Record<string, unknown>, { renamed = {} }: TranslationTarget): string {
  const name = Object.hasOwn(renamed, field) ? renamed[field] : undefined
  return name === undefined || Object.hasOwn(body, name) ? field : name
}
