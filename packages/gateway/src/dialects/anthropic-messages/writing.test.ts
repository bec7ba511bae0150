/** What the tests of written requests share: turns in few words, and just enough of the wire format to look at it. */
import assert from 'node:assert/strict'
import { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { AssistantTurn, CanonicalRequest, FunctionTool, Turn } from '../canonical/request.ts'
import { writeRequest } from './write-request.ts'

export const user: Turn = { role: 'user', parts: [{ is: 'text', text: 'Hello' }] }
const plain: CanonicalRequest = { from: 'openai-chat', model: 'm', stream: false, turns: [user], tools: [], sampling: {}, extras: {} }
export const tool: FunctionTool = { is: 'function', name: 'f', parameters: { type: 'object', properties: {} } }

function targetOf(model: string, more: Partial<TranslationTarget> = {}): TranslationTarget {
  return { provider: 'anthropic', model, dialect: 'anthropic-messages', keyId: 'k', quirks: {}, ...more }
}

/** Just enough of the wire format to look at it. */
interface WireBlock {
  readonly type: string
  readonly id?: string
  readonly name?: string
  readonly text?: string
  readonly tool_use_id?: string
  readonly input?: unknown
  readonly cache_control?: { readonly ttl?: string }
}

interface WireBody {
  readonly max_tokens: number
  readonly messages: readonly { readonly role: string; readonly content: readonly WireBlock[] }[]
  readonly system?: readonly WireBlock[]
  readonly tools?: readonly { readonly name: string; readonly input_schema: unknown; readonly cache_control?: unknown }[]
  readonly tool_choice?: { readonly type: string; readonly name?: string }
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number }
  readonly output_config?: { readonly effort?: string; readonly format?: { readonly schema: unknown } }
  readonly temperature?: number
  readonly top_p?: number
  readonly top_k?: number
  readonly stop_sequences?: readonly string[]
  readonly metadata?: { readonly user_id?: string }
}

export interface Written {
  readonly body: WireBody
  readonly losses: readonly string[]
  readonly headers: readonly string[]
}

export function write(
  request: Partial<CanonicalRequest>,
  model: string = 'claude-opus-4-6',
  more: Partial<TranslationTarget> = {},
): Written {
  const { body, losses, headers = [] } = writeRequest({ ...plain, ...request }, targetOf(model, more))
  return { body: JSON.parse(body.toString()) as WireBody, losses, headers }
}

export function text(role: 'user' | 'system', said: string): Turn {
  return { role, parts: [{ is: 'text', text: said }] }
}

export function says(...blocks: AssistantTurn['blocks']): Turn {
  return { role: 'assistant', blocks }
}

export function call(id: string, name: string = 'f', argumentsText: string = '{}'): AssistantTurn['blocks'][number] {
  return { is: 'tool-call', id, name, argumentsText }
}

export function result(callId: string, said: string = 'done', isError: boolean = false): Turn {
  return { role: 'tool', results: [{ callId, parts: [{ is: 'text', text: said }], isError }] }
}

export function roles({ body }: Pick<Written, 'body'>): string[] {
  return body.messages.map(({ role }) => role)
}

export function refused(request: Partial<CanonicalRequest>): RegExp {
  try {
    write(request)
  } catch (error) {
    assert.ok(error instanceof RefusedCall && error.failure.reason === 'unsupported')
    return new RegExp(error.message)
  }
  assert.fail('it was not refused')
}
