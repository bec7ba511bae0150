/** Frames as Bedrock writes them, for tests. */
import { codec } from './frames.ts'

type Headers = Readonly<Record<string, string>>

export function frameBytes(headers: Headers, payload: string): Buffer {
  const typed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]))
  return Buffer.from(codec().encode({ headers: typed, body: Buffer.from(payload) }))
}

/** One event, with the padding that Bedrock adds to hide how long texts are. */
export function event(type: string, value: object): Buffer {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }
  return frameBytes(headers, JSON.stringify({ ...value, p: 'abcdefgh' }))
}

export function exception(type: string, message: string): Buffer {
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }
  return frameBytes(headers, JSON.stringify({ message }))
}

export const messageStart: Buffer = event('messageStart', { role: 'assistant' })

export function delta(number: number, value: object): Buffer {
  return event('contentBlockDelta', { contentBlockIndex: number, delta: value })
}

export function toolStart(number: number, id: string, name: string): Buffer {
  return event('contentBlockStart', { contentBlockIndex: number, start: { toolUse: { toolUseId: id, name } } })
}

export function blockStop(number: number): Buffer {
  return event('contentBlockStop', { contentBlockIndex: number })
}

/** How every complete stream ends: why the model stopped, and then the counts. */
export function ending(stopReason: string, usage: object = { inputTokens: 12, outputTokens: 9, totalTokens: 21 }): Buffer {
  return Buffer.concat([event('messageStop', { stopReason }), event('metadata', { usage, metrics: { latencyMs: 7 } })])
}
