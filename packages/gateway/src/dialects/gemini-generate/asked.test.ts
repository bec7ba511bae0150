/** Requests for Gemini's providers, written and read again as plain JSON: what their tests share. */
import assert from 'node:assert/strict'
import type { RefusedCall } from '../../domain/failure.ts'
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Block } from '../canonical/blocks.ts'
import type { Part } from '../canonical/parts.ts'
import type { CanonicalRequest, ToolResult, Turn } from '../canonical/request.ts'
import { geminiProvider } from './provider.ts'

export type Json = Record<string, unknown>

export interface Asked extends Json {
  readonly contents: readonly { readonly role: string; readonly parts: readonly Json[] }[]
  readonly generationConfig?: Json
  readonly losses: readonly string[]
}

export const hello: Turn = { role: 'user', parts: [{ is: 'text', text: 'Hello' }] }

export function write(changes: Partial<CanonicalRequest>, target: Partial<TranslationTarget> = {}): Asked {
  const request: CanonicalRequest = {
    from: 'openai-chat',
    model: 'x',
    stream: false,
    turns: [hello],
    tools: [],
    sampling: {},
    extras: {},
    ...changes,
  }
  const { body, losses } = geminiProvider.writeRequest(request, {
    provider: 'gemini',
    model: 'gemini-3.5-flash',
    dialect: 'gemini-generate',
    keyId: 'k',
    quirks: {},
    ...target,
  })
  return { ...(JSON.parse(body.toString()) as Asked), losses }
}

export const say = (text: string): Turn => ({ role: 'user', parts: [{ is: 'text', text }] })
export const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts })
export const rule = (text: string): Turn => ({ role: 'system', parts: [{ is: 'text', text }] })
export const said = (...blocks: readonly Block[]): Turn => ({ role: 'assistant', blocks })
export const call = (id: string, name: string, argumentsText: string = '{}'): Block => ({ is: 'tool-call', id, name, argumentsText })
export const result = (callId: string, text: string, isError: boolean = false): ToolResult => ({
  callId,
  parts: [{ is: 'text', text }],
  isError,
})
export const text = (told: string): Block => ({ is: 'text', text: told })

export function refuses(changes: Partial<CanonicalRequest>, message: RegExp): void {
  assert.throws(
    () => write(changes),
    ({ failure }: RefusedCall) => failure.reason === 'unsupported' && message.test(failure.message),
  )
}

export const pixel = 'iVBORw0KGgo='

export function image(detail?: string): Part {
  return { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: pixel }, ...(detail !== undefined && { detail }) }
}
