/** A caller's Messages request, read into the canonical form. */
import { refuse } from '../../domain/failure.ts'
import type { TextPart } from '../canonical/parts.ts'
import type { AnswerFormat, CanonicalRequest, Sampling, Turn } from '../canonical/request.ts'
import type { Sketch } from '../dialect.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { badContent, blocksIn, readBlock, readPart, readTextPart, readToolResult } from './read-content.ts'
import { readReasoning } from './read-reasoning.ts'
import { readToolChoice, readTools, toolExtras } from './read-tools.ts'

type Fields = Readonly<Record<string, unknown>>

/** Fields that have a place in the canonical form; whatever else a request holds travels as it is. */
const placed: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'metadata',
  'service_tier',
])

/** The betas stand in a header; they are kept with the fields, as what only this dialect knows. */
export const betaHeader = 'anthropic-beta'

/** @throws RefusedCall (400) naming the field at fault. */
export function readRequest(sketch: Sketch): CanonicalRequest {
  const body = parseJson(sketch.bytes.toString())
  if (!isRecord(body)) throw refuse('bad-request', 'The body must be a JSON object.', { code: 'invalid_json' })
  const { reasoning, left } = readReasoning(body)
  const format = readFormat(body)
  return {
    from: 'anthropic-messages',
    model: sketch.model,
    stream: sketch.stream,
    turns: [...systemIn(body['system']), ...turnsIn(body['messages'])],
    tools: readTools(body['tools']),
    ...readToolChoice(body['tool_choice']),
    ...(reasoning !== undefined && { reasoning }),
    ...(format !== undefined && { format }),
    sampling: samplingIn(body),
    ...(sketch.maxTokens !== undefined && { maxTokens: sketch.maxTokens }),
    ...smallThings(body),
    extras: { ...extrasIn(body), ...toolExtras(body['tools']), ...left, ...betasOf(sketch) },
  }
}

/** Claude Code's accounting: it changes with every call and means nothing to a model. */
const billingMark = 'x-anthropic-billing-header:'

function systemIn(system: unknown): readonly Turn[] {
  if (system === undefined || system === null) return []
  const parts = blocksIn(system, 'system')
    .map(({ block, at }) => readTextPart(block, at))
    .filter(({ text }) => !text.startsWith(billingMark))
  return parts.length === 0 ? [] : [{ role: 'system', parts }]
}

function turnsIn(messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages) || messages.length === 0) throw badContent('messages', 'it must be a list with at least one message.')
  return messages.flatMap((message: unknown, index) => {
    const at = `messages.${index}`
    if (!isRecord(message)) throw badContent(at, 'every message must be an object.')
    return turnsOf(message, at)
  })
}

function turnsOf({ role, content }: Fields, at: string): readonly Turn[] {
  const place = `${at}.content`
  const blocks = blocksIn(content, place)
  switch (role) {
    case 'user':
      return userTurns(blocks)
    case 'assistant':
      return [{ role, blocks: blocks.map((each) => readBlock(each.block, each.at)) }]
    case 'system':
      return [{ role, parts: blocks.map((each): TextPart => readTextPart(each.block, each.at)) }]
    default:
      throw badContent(`${at}.role`, 'it must be `user`, `assistant` or `system`.')
  }
}

/** Results come first, whatever stands around them: no dialect wants them behind what the user says. */
function userTurns(blocks: ReturnType<typeof blocksIn>): readonly Turn[] {
  const results = blocks.filter(({ block }) => block['type'] === 'tool_result').map(({ block, at }) => readToolResult(block, at))
  const parts = blocks.filter(({ block }) => block['type'] !== 'tool_result').map(({ block, at }) => readPart(block, at))
  const tool: readonly Turn[] = results.length === 0 ? [] : [{ role: 'tool', results }]
  return parts.length === 0 && results.length > 0 ? tool : [...tool, { role: 'user', parts }]
}

/** `output_format` is the older name, from the time of the beta. */
function readFormat(body: Fields): AnswerFormat | undefined {
  const { output_config: config, output_format: older } = body
  const format = (isRecord(config) ? config['format'] : undefined) ?? older
  if (format === undefined || format === null) return undefined
  if (!isRecord(format) || format['type'] !== 'json_schema') throw badContent('output_config.format', '`type` must be `json_schema`.')
  return { is: 'json-schema', schema: format['schema'] }
}

function samplingIn(body: Fields): Sampling {
  const temperature = numberIn(body, 'temperature')
  const topP = numberIn(body, 'top_p')
  const topK = numberIn(body, 'top_k')
  return { ...(temperature !== undefined && { temperature }), ...(topP !== undefined && { topP }), ...(topK !== undefined && { topK }) }
}

function numberIn(body: Fields, field: string): number | undefined {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw badContent(field, 'it must be a number.')
  return value
}

function smallThings(body: Fields): Pick<CanonicalRequest, 'stop' | 'user' | 'serviceTier' | 'metadata'> {
  const { stop_sequences: stop, service_tier: tier, metadata } = body
  const { user_id: userId, ...others } = isRecord(metadata) ? metadata : {}
  const user = textIn(userId)
  const serviceTier = textIn(tier)
  const stops = Array.isArray(stop) ? stop.filter((each) => typeof each === 'string') : []
  return {
    ...(stops.length > 0 && { stop: stops }),
    ...(user !== undefined && { user }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(Object.keys(others).length > 0 && { metadata: others }),
  }
}

function extrasIn(body: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([field, value]) => !placed.has(field) && value !== null))
}

function betasOf({ forwarded = [] }: Sketch): Record<string, unknown> {
  const at = forwarded.indexOf(betaHeader)
  return at === -1 ? {} : { [betaHeader]: forwarded[at + 1] }
}
