/** `options`: Ollama's one place for the sampler, the limit and the runner. */
import type { Sampling } from '../canonical/request.ts'
import { badField } from '../sketch-json.ts'
import { isRecord } from '../wire.ts'

/** The sampler's knobs by Ollama's names. */
const knobs = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  min_p: 'minP',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  repeat_penalty: 'repetitionPenalty',
  seed: 'seed',
} as const satisfies Readonly<Record<string, keyof Sampling>>

/** The knobs that Ollama has. */
export const keptSampling: readonly (keyof Sampling)[] = [...Object.values(knobs), 'topLogprobs']

export interface ReadOptions {
  readonly sampling: Sampling
  readonly maxTokens?: number
  readonly stop?: readonly string[]
  /** Such as `num_ctx` and `mirostat`. */
  readonly others: Readonly<Record<string, unknown>>
}

/** @throws RefusedCall (400) naming the option at fault. */
export function readOptions(options: unknown): ReadOptions {
  if (options === undefined || options === null) return { sampling: {}, others: {} }
  if (!isRecord(options)) throw badField('options', '`options` must be an object.')
  const { num_predict: limit, stop, ...rest } = options
  const stops = readStop(stop)
  const sampling: Record<string, number> = {}
  const others: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (value === null) continue
    if (isKnob(name)) sampling[knobs[name]] = numberIn(name, value)
    else others[name] = value
  }
  return {
    sampling,
    others,
    ...(typeof limit === 'number' && limit > 0 && { maxTokens: limit }),
    ...(stops.length > 0 && { stop: stops }),
  }
}

function isKnob(name: string): name is keyof typeof knobs {
  return Object.hasOwn(knobs, name)
}

function numberIn(name: string, value: unknown): number {
  if (typeof value !== 'number') throw badField(`options.${name}`, `\`options.${name}\` must be a number.`)
  return value
}

function readStop(stop: unknown): readonly string[] {
  if (stop === undefined || stop === null) return []
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop]
  return stops.map((each) => {
    if (typeof each !== 'string') throw badField('options.stop', '`options.stop` must be a list of texts.')
    return each
  })
}

/** The sampler's knobs as Ollama calls them. */
export function writeSampling(sampling: Sampling): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const [name, knob] of Object.entries(knobs)) if (sampling[knob] !== undefined) options[name] = sampling[knob]
  return options
}
