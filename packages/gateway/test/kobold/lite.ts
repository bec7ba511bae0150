/** Kobold Lite's half of the conversation: what it sends, and the one regular expression with which it reads. */
import assert from 'node:assert/strict'
import { fixtureText } from '../../src/dialects/harness.test.ts'
import type { Bench } from '../harness.ts'

interface Settings {
  readonly genkey: string
  readonly [field: string]: unknown
}

/** What Lite sends by itself with every prompt. */
export const settings = JSON.parse(fixtureText('lite-settings.json')) as Settings

export function post(bench: Pick<Bench, 'origin'>, path: string, body: object, key?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) }
  return fetch(bench.origin + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

export async function getJson(bench: Pick<Bench, 'origin'>, path: string): Promise<unknown> {
  const response = await fetch(bench.origin + path, { headers: { 'content-type': 'application/json' } })
  assert.equal(response.status, 200, path)
  return await response.json()
}

export interface Token {
  readonly token: string
  readonly finish_reason: string | null
}

export const eventForm: RegExp = /^event: (.*)\ndata: (.*)(\r?\n){2}/m

/** The tokens as they come; what the expression does not find must be comments. */
export async function* tokensOf(response: Response): AsyncGenerator<Token> {
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  let buffer = ''
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    buffer += text
    for (let found = eventForm.exec(buffer); found !== null; found = eventForm.exec(buffer)) {
      assert.match(buffer.slice(0, found.index), /^(?::[^\n]*\n\n)*$/)
      buffer = buffer.slice(found.index + found[0].length)
      assert.equal(found[1], 'message')
      yield JSON.parse(found[2] ?? '') as Token
    }
  }
  assert.match(buffer, /^(?::[^\n]*\n\n)*$/)
}

export async function readTokens(response: Response): Promise<readonly Token[]> {
  const tokens: Token[] = []
  for await (const token of tokensOf(response)) tokens.push(token)
  return tokens
}

export function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ token }) => token).join('')
}
