/** KoboldAI's sampler: what other models have too, what changes nothing as it stands, and what is lost. */
import type { Sampling } from '../canonical/request.ts'
import { isRecord } from '../wire.ts'

interface Knob {
  readonly name: keyof Sampling
  /** The value at which the knob does nothing: callers always send it. */
  readonly idle?: number
}

const knobs: Readonly<Record<string, Knob>> = {
  temperature: { name: 'temperature' },
  top_p: { name: 'topP', idle: 1 },
  top_k: { name: 'topK', idle: 0 },
  min_p: { name: 'minP', idle: 0 },
  rep_pen: { name: 'repetitionPenalty', idle: 1 },
  presence_penalty: { name: 'presencePenalty', idle: 0 },
  frequency_penalty: { name: 'frequencyPenalty', idle: 0 },
  sampler_seed: { name: 'seed', idle: -1 },
  seed: { name: 'seed', idle: -1 },
}

export function readSampling(body: Record<string, unknown>): Sampling {
  const sampling: Record<string, unknown> = {}
  for (const [field, { name, idle }] of Object.entries(knobs)) {
    const value = body[field]
    if (typeof value === 'number' && value !== idle && !(name === 'topK' && value < 1)) sampling[name] = value
  }
  const { logit_bias: bias, logprobs } = body
  return {
    ...sampling,
    ...(isRecord(bias) && Object.keys(bias).length > 0 && { logitBias: bias }),
    // As many alternatives as KoboldCpp shows.
    ...(logprobs === true && { topLogprobs: 5 }),
  }
}

/** Read elsewhere, or about the server and the client and not about the answer. */
const handled: ReadonlySet<string> = new Set([
  ...Object.keys(knobs),
  'logit_bias',
  'logprobs',
  'model',
  'prompt',
  'memory',
  'max_length',
  'max_context_length',
  'stop_sequence',
  'trim_stop',
  'genkey',
  'images',
  'audio',
  'n',
  'reasoning',
  'quiet',
  'render_special',
  'replace_instruct_placeholders',
  'use_default_badwordsids',
  'frmttriminc',
  'frmtrmblln',
  'frmtrmspch',
  'frmtadsnsp',
  'singleline',
  // They say how far `rep_pen` reaches, and go with it.
  'rep_pen_range',
  'rep_pen_slope',
])

/** Fields that do nothing with this value. */
const idleValues: Readonly<Record<string, unknown>> = {
  top_a: 0,
  typical: 1,
  tfs: 1,
  nsigma: 0,
  mirostat: 0,
  smoothing_factor: 0,
  smoothing_curve: 1,
  dynatemp_range: 0,
  dynatemp_exponent: 1,
  xtc_probability: 0,
  dry_multiplier: 0,
  adaptive_target: -1,
}

/** They say more of a field that does nothing, and go with it. */
const followers: Readonly<Record<string, string>> = {
  mirostat_tau: 'mirostat',
  mirostat_eta: 'mirostat',
  xtc_threshold: 'xtc_probability',
  dry_base: 'dry_multiplier',
  dry_allowed_length: 'dry_multiplier',
  dry_penalty_last_n: 'dry_multiplier',
  dry_sequence_breakers: 'dry_multiplier',
  adaptive_decay: 'adaptive_target',
}
const usualOrder = '[6,0,1,3,4,2,5]'

/** What has no place in any other dialect and would change the answer. */
export function readExtras(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([field, value]) => !handled.has(field) && !isIdle(field, value, body)))
}

function isIdle(field: string, value: unknown, body: Record<string, unknown>): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true
  if (Array.isArray(value) && value.length === 0) return true
  if (field === 'sampler_order') return JSON.stringify(value) === usualOrder
  const leader = followers[field]
  if (leader !== undefined) return isIdle(leader, body[leader], body)
  return idleValues[field] === value
}
