/** Requests that tests of the writer ask for, and what they look at in what was written. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Block } from '../canonical/blocks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, FunctionTool, Turn } from '../canonical/request.ts'
import { writeBedrockRequest } from './request.ts'

export const sonnet = 'us.anthropic.claude-sonnet-4-20250514-v1:0'
export const opus46 = 'us.anthropic.claude-opus-4-6-v1'
export const newest = 'anthropic.claude-opus-5-v1'
export const nova = 'us.amazon.nova-2-lite-v1:0'
export const llama = 'meta.llama3-1-70b-instruct-v1:0'

export function says(role: 'user' | 'system', said: string): Turn {
  return { role, parts: [{ is: 'text', text: said }] }
}

export function answers(...blocks: Block[]): Turn {
  return { role: 'assistant', blocks }
}

export function call(id: string, argumentsText: string = '{"city":"Zürich"}'): Block {
  return { is: 'tool-call', id, name: 'get_weather', argumentsText }
}

export function result(callId: string, ...parts: Part[]): Turn {
  return { role: 'tool', results: [{ callId, parts, isError: false }] }
}

export const rain: Part = { is: 'text', text: '7 °C, rain' }

const parameters = { type: 'object', properties: { city: { type: 'string' } } }
export const weather: FunctionTool = { is: 'function', name: 'get_weather', parameters }
/** The same in Bedrock's words. */
export const spec: object = { toolSpec: { name: 'get_weather', inputSchema: { json: parameters } } }

export function asking(changes: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return { from: 'openai-chat', model: 'x', stream: false, turns: [says('user', 'Hi')], tools: [], sampling: {}, extras: {}, ...changes }
}

export function targetOf(model: string, more: Partial<TranslationTarget> = {}): TranslationTarget {
  return { provider: 'bedrock', model, dialect: 'bedrock-converse', keyId: 'k', quirks: {}, ...more }
}

/** What these tests look at in a body. */
export interface Written {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: readonly Content[] }[]
  readonly system: unknown
  readonly toolConfig: {
    readonly tools: readonly { readonly toolSpec: { readonly name: string; readonly inputSchema: unknown } }[]
    readonly toolChoice: { readonly tool: { readonly name: string } }
  }
  readonly inferenceConfig: { readonly maxTokens: number }
  readonly outputConfig: {
    readonly textFormat: {
      readonly type: string
      readonly structure: { readonly jsonSchema: { readonly name: string; readonly schema: string } }
    }
  }
  readonly additionalModelRequestFields: unknown
  readonly additionalModelResponseFieldPaths: unknown
  readonly losses: readonly string[]
}

interface Content {
  readonly toolUse: { readonly toolUseId: string; readonly name: string; readonly input: unknown }
  readonly toolResult: { readonly toolUseId: string }
  readonly document: { readonly name: string }
}

export function write(changes: Partial<CanonicalRequest>, model: string = sonnet, more: Partial<TranslationTarget> = {}): Written {
  const { body, losses } = writeBedrockRequest(asking(changes), targetOf(model, more))
  return { ...JSON.parse(body.toString()), losses }
}

export function messages(changes: Partial<CanonicalRequest>, model: string = sonnet): Written['messages'] {
  return write(changes, model).messages
}

export function text(value: string): { text: string } {
  return { text: value }
}
