/** Sampling, stop texts and the end user, as the chat dialect names them. */
import { createHash } from 'node:crypto'
import type { Sampling } from '../canonical/request.ts'
import type { OptionalField } from '../../domain/quirks.ts'
import { takes } from './chat-writing.ts'
import type { ChatWriting } from './chat-writing.ts'

type Knob = Exclude<keyof Sampling, 'topLogprobs'>

const fields: Readonly<Record<Knob, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  minP: 'min_p',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  repetitionPenalty: 'repetition_penalty',
  seed: 'seed',
  logitBias: 'logit_bias',
}

/** Those that OpenAI does not have. */
const optional: Readonly<Partial<Record<Knob, OptionalField>>> = { topK: 'top_k', minP: 'min_p', repetitionPenalty: 'repetition_penalty' }

const knobs = [
  'temperature',
  'topP',
  'topK',
  'minP',
  'presencePenalty',
  'frequencyPenalty',
  'repetitionPenalty',
  'seed',
  'logitBias',
] as const

/** OpenAI takes four texts to stop at, and ids of users of at most 64 characters. */
const mostStops = 4
const longestUser = 64

export function writeSampling(writing: ChatWriting): Record<string, unknown> {
  const { request, losses } = writing
  const written: Record<string, unknown> = {}
  for (const knob of knobs) {
    const value = request.sampling[knob]
    if (value === undefined) continue
    const field = optional[knob]
    if (field === undefined || takes(writing, field)) written[fields[knob]] = value
    else losses.lose(knob)
  }
  const { topLogprobs } = request.sampling
  if (topLogprobs !== undefined) written['logprobs'] = true
  if (topLogprobs !== undefined && topLogprobs > 0) written['top_logprobs'] = topLogprobs
  return { ...written, ...writeStop(writing), ...writeUser(writing) }
}

function writeStop({ request, losses, isSame }: ChatWriting): Record<string, unknown> {
  const { stop } = request
  if (stop === undefined || stop.length === 0) return {}
  if (isSame || stop.length <= mostStops) return { stop }
  losses.lose('stop')
  return { stop: stop.slice(0, mostStops) }
}

/** A long id is made a short one, the same each time. */
function writeUser({ request }: ChatWriting): Record<string, unknown> {
  const { user } = request
  if (user === undefined) return {}
  return { user: user.length <= longestUser ? user : createHash('sha256').update(user).digest('hex') }
}
