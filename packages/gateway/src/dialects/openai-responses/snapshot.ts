/** The answer as a whole as the Responses API shows it: what was asked, what came, how it ended. */
import type { Usage } from '../../domain/usage.ts'
import { base62Hash } from '../canonical/tool-ids.ts'
import type { Finish } from '../canonical/answer.ts'
import type { Sketch, WriterAsk } from '../dialect.ts'
import { readValue } from '../sketch-json.ts'
import { isRecord } from '../wire.ts'

/** What each field is where the caller says nothing; readers insist on most of them (dialects rs6). */
const usual: Readonly<Record<string, unknown>> = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'auto',
  store: true,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
  metadata: {},
}

/** What the request asked for, as every snapshot of its answer repeats it. */
function echoOf(sketch: Sketch): Readonly<Record<string, unknown>> {
  const echo = { ...usual }
  for (const member of sketch.members) {
    if (!Object.hasOwn(usual, member.key)) continue
    const value = readValue(sketch.bytes, member)
    if (value !== null && value !== undefined) echo[member.key] = withUsual(usual[member.key], value)
  }
  return echo
}

/** Objects keep the fields that the caller left out. */
function withUsual(standard: unknown, value: unknown): unknown {
  return isRecord(standard) && isRecord(value) ? { ...standard, ...value } : value
}

export type Kind = 'msg' | 'rs' | 'fc' | 'ctc' | 'ig'

/** Ids made from the call's, so that they are the same in every event and in no other answer. */
export class AnswerIds {
  readonly response: string
  readonly #seed: string

  constructor(callId: string) {
    this.#seed = callId
    this.response = `resp_${base62Hash(callId, 40)}`
  }

  item(kind: Kind, at: number): string {
    return `${kind}_${base62Hash(`${this.#seed} ${at}`, 40)}`
  }
}

const incomplete: Partial<Record<Finish, string>> = {
  length: 'max_output_tokens',
  'context-full': 'max_output_tokens',
  'content-filter': 'content_filter',
}

/** Whether the model was cut off, and by what; undefined: it has said all. */
export function cutBy(finish: Finish): string | undefined {
  return incomplete[finish]
}

/** How far an answer has come. */
export type Stage =
  | { readonly is: 'running' }
  | { readonly is: 'over'; readonly finish: Finish; readonly output: readonly unknown[]; readonly usage: Usage | undefined }

export function snapshotOf(ask: WriterAsk, ids: AnswerIds, stage: Stage): Record<string, unknown> {
  const reason = stage.is === 'over' ? cutBy(stage.finish) : undefined
  const { createdAt } = ask
  return {
    id: ids.response,
    object: 'response',
    created_at: createdAt,
    status: stage.is === 'running' ? 'in_progress' : reason === undefined ? 'completed' : 'incomplete',
    completed_at: stage.is === 'over' && reason === undefined ? createdAt : null,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    model: ask.model,
    output: stage.is === 'over' ? stage.output : [],
    ...echoOf(ask.sketch),
    usage: stage.is === 'over' ? usageText(stage.usage) : null,
  }
}

function usageText(usage: Usage | undefined): unknown {
  if (usage === undefined) return null
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWriteTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + usage.outputTokens,
  }
}
