/** What the tests of Anthropic's dialect share: asking in it, playing its providers byte by byte, and reading its streams strictly. */
import assert from 'node:assert/strict'
import type { Reply, Step } from '@keywheel/simulator'
import type { Config } from '../src/config/config.ts'
import type { Bench } from './harness.ts'

export interface Told {
  readonly type: string
  readonly index?: number
  readonly [field: string]: unknown
}

/** POST /v1/messages as Claude Code does. */
export function askMessages(bench: Bench, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${bench.url}/messages?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
    body: JSON.stringify(body),
  })
}

/** A stream in chunks of so many bytes, each of which arrives by itself. */
export function streamReply(bytes: Buffer | string, chunkBytes: number = 1): Reply {
  const body = Buffer.from(bytes)
  const parts: Buffer[] = [
    Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n'),
  ]
  for (let at = 0; at < body.length; at += chunkBytes) {
    const piece = body.subarray(at, at + chunkBytes)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  const steps: Step[] = [{ do: 'write', bytes: Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]) }, { do: 'keep' }]
  return { is: 'wire', steps }
}

export function wholeReply(body: object | string, status: number = 200, headers: Record<string, string> = {}): Reply {
  return { is: 'status', status, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** Server-sent events in Anthropic's form. */
export function eventsText(...values: readonly Told[]): string {
  return values.map((value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`).join('')
}

/** The events of a stream, read as the SDKs do: by their `event:` line. Comments and pings are left out. */
export function eventsIn(text: string): Told[] {
  return text.split('\n\n').flatMap((block) => {
    const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
    if (data === undefined || name === 'ping') return []
    const json = JSON.parse(data) as Told
    assert.equal(json.type, name)
    return [json]
  })
}

/** Blocks one after the other, indexes without a gap, the message around them. */
export function keepsOrder(events: readonly Told[]): void {
  assert.equal(events[0]?.type, 'message_start')
  assert.deepEqual(
    events.slice(-2).map(({ type }) => type),
    ['message_delta', 'message_stop'],
  )
  let open = false
  let next = 0
  for (const { type, index } of events.slice(1, -2)) {
    assert.equal(type === 'content_block_start', !open, type)
    assert.equal(index, next)
    open = type !== 'content_block_stop'
    if (!open) next++
  }
  assert.ok(!open)
}

/** One try, so that a failure is told at once. */
export function withoutRetries(config: Config): Config {
  return { ...config, retry: { ...config.retry, maxAttemptsPerTarget: 1, maxAttemptsPerKey: 1 } }
}
