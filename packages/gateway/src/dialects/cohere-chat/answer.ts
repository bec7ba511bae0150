/** Reads a whole answer of Cohere's. */
import type { Failure } from '../../domain/failure.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { Block, Citation, ToolCallBlock } from '../canonical/blocks.ts'
import type { Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { ToolNames, unwrapCustomInput } from '../canonical/tool-names.ts'
import type { ReadAnswer } from '../dialect.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { citationFrom, contentIndexOf } from './citations.ts'
import { finishFailure, finishOf } from './finish.ts'
import { toolNameRule } from './tools.ts'
import { usageFromCohere } from './usage.ts'

const notAnAnswer: Failure = { reason: 'bad-answer', message: 'The provider sent an answer without `message`.', sent: 'yes' }

/** @param request what was asked, for the names of its tools. */
export function readCohereAnswer(body: Buffer, origin: Origin, request?: CanonicalRequest): ReadAnswer {
  const json = parseJson(body.toString())
  const message = isRecord(json) ? json['message'] : undefined
  if (!isRecord(json) || !isRecord(message)) return { failure: notAnAnswer }
  const reason = textIn(json['finish_reason']) ?? ''
  const failure = finishFailure(reason, json['error'])
  if (failure !== undefined) return { failure }
  const id = textIn(json['id'])
  const calls = callsIn(message['tool_calls'], id ?? '', new ToolNames(request, toolNameRule))
  return { answer: answerOf(json, [...contentIn(message, origin), ...planIn(message, origin), ...calls], reason) }
}

function answerOf(json: Record<string, unknown>, blocks: readonly Block[], reason: string): CanonicalAnswer {
  const id = textIn(json['id'])
  const usage = usageFromCohere(json['usage'])
  return {
    ...(id !== undefined && { id }),
    blocks,
    finish: finishOf(
      reason,
      blocks.some(({ is }) => is === 'tool-call'),
    ),
    ...(reason !== '' && { rawFinish: reason }),
    ...(usage !== undefined && { usage }),
  }
}

function contentIn({ content, citations }: Record<string, unknown>, origin: Origin): readonly Block[] {
  if (!Array.isArray(content)) return []
  return content.flatMap((each: unknown, index): readonly Block[] => {
    if (!isRecord(each)) return []
    const thinking = textIn(each['thinking'])
    if (thinking !== undefined) return [thoughtBlock(thinking, origin)]
    const text = textIn(each['text'])
    return text === undefined ? [] : [{ is: 'text', text, ...citedIn(citations, text, index) }]
  })
}

function citedIn(citations: unknown, text: string, index: number): { readonly citations?: readonly Citation[] } {
  if (!Array.isArray(citations)) return {}
  const own = citations.filter(isRecord).filter((each) => (contentIndexOf(each) ?? index) === index)
  return own.length === 0 ? {} : { citations: own.map((each) => citationFrom(each, text)) }
}

/** What the model means to do with its tools is thinking, told beside the text. */
function planIn({ tool_plan: plan }: Record<string, unknown>, origin: Origin): readonly Block[] {
  const text = textIn(plan)
  return text === undefined ? [] : [thoughtBlock(text, origin)]
}

/** Cohere gives nothing with its thinking that it would want back. */
function thoughtBlock(text: string, origin: Origin): Block {
  return { is: 'reasoning', text, opaque: { origin, data: '' } }
}

function callsIn(calls: unknown, answerId: string, names: ToolNames): readonly Block[] {
  if (!Array.isArray(calls)) return []
  return calls.filter(isRecord).map((call, index) => callOf(call, mintToolCallId(answerId, index), names))
}

function callOf(call: Record<string, unknown>, madeId: string, names: ToolNames): ToolCallBlock {
  const told = isRecord(call['function']) ? call['function'] : {}
  const name = names.back(textIn(told['name']) ?? '')
  const argumentsText = argumentsOf(textIn(told['arguments']))
  const start = { is: 'tool-call', id: textIn(call['id']) ?? madeId, name } as const
  return names.isCustom(name) ? { ...start, argumentsText: unwrapCustomInput(argumentsText), custom: true } : { ...start, argumentsText }
}

/** A call without arguments has none, or `null` in their place. */
export function argumentsOf(text: string | undefined): string {
  return text === undefined || text.trim() === '' || text.trim() === 'null' ? '{}' : text
}
