/**
 * Kobold Lite's way of chatting with a KoboldCpp that knows chat templates: `POST /v1/chat/completions` without a model, with a
 * `genkey`, and with the sampler's fields under KoboldAI's names. It is put into OpenAI's words here, since strict providers refuse
 * whole requests for one field that they do not know.
 */
import type { SketchAsk } from '../dialect.ts'
import { readValue } from '../sketch-json.ts'
import { textIn } from '../wire.ts'
import type { Member } from '../json-scan.ts'
import { readSampling } from './sampling.ts'
import { noModelYet } from './sketch.ts'
import { isMark } from './split-prompt.ts'

/** Fields that keep their name and meaning. */
const kept: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'user',
])
const mostStops = 4

export interface LiteChat {
  /** The same request in OpenAI's words. */
  readonly bytes: Buffer
  readonly generation: string
}

/** undefined: an ordinary request. @throws RefusedCall (400, or 503 while no model is known). */
export function readLiteChat(bytes: Buffer, members: readonly Member[], ask: SketchAsk): LiteChat | undefined {
  const key = members.find((member) => member.key === 'genkey')
  if (key === undefined || !members.some((member) => member.key === 'messages')) return undefined
  const told = [...own(bytes, members), ...translated(bytes, members, ask)]
  return { bytes: Buffer.from(`{${told.join(',')}}`), generation: textIn(readValue(bytes, key)) ?? '' }
}

/** As they are, byte for byte: the messages may hold whole pictures. */
function own(bytes: Buffer, members: readonly Member[]): readonly string[] {
  return members.filter(({ key }) => kept.has(key)).map(({ keyStart, valueEnd }) => bytes.toString('utf8', keyStart, valueEnd))
}

function translated(bytes: Buffer, members: readonly Member[], ask: SketchAsk): readonly string[] {
  const has = (name: string): boolean => members.some(({ key }) => key === name)
  const other = members.filter(({ key }) => !kept.has(key))
  const body = Object.fromEntries(other.map((member) => [member.key, readValue(bytes, member)]))
  const { presencePenalty, frequencyPenalty, seed, logitBias, topLogprobs, topK, minP, repetitionPenalty } = readSampling(body)
  const limit = body['max_length']
  const fields: Record<string, unknown> = {
    model: has('model') ? undefined : (ask.defaultModel() ?? noModelYet()),
    max_tokens: has('max_tokens') || has('max_completion_tokens') ? undefined : limit,
    stop: stopsOf(body['stop'] ?? body['stop_sequence']),
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    seed,
    logit_bias: logitBias,
    ...(topLogprobs !== undefined && { logprobs: true, top_logprobs: topLogprobs }),
    // Beyond OpenAI's own; they go only to providers that take them.
    top_k: topK,
    min_p: minP,
    repetition_penalty: repetitionPenalty,
  }
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
}

function stopsOf(stops: unknown): readonly string[] | undefined {
  const listed: readonly unknown[] = Array.isArray(stops) ? stops : [stops]
  const texts = listed.filter((stop): stop is string => typeof stop === 'string' && stop !== '' && !isMark(stop))
  return texts.length === 0 ? undefined : texts.slice(0, mostStops)
}
