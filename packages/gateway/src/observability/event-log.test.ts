import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventBus } from '../domain/events.ts'
import { settledCall } from '../domain/usage.ts'
import type { CallRecord } from '../domain/usage.ts'
import { logEvents } from './event-log.ts'
import { createLog } from './log.ts'

function openEventLog(level: 'info' | 'trace' = 'info') {
  const lines: Record<string, unknown>[] = []
  const bus = new EventBus((error) => assert.fail(String(error)))
  logEvents(bus, createLog({ levels: { default: level }, destination: { write: (line) => lines.push(JSON.parse(line)) } }))
  return { bus, lines }
}

const call: CallRecord = {
  id: 'req_1',
  startedAt: 1_764_000_000_000,
  operation: 'chat',
  dialect: 'openai-chat',
  asked: 'coding-elite',
  stream: true,
  caller: 'c1',
  end: 'answered',
  status: 200,
  provider: 'groq',
  model: 'llama',
  keyId: 'k2',
  route: 'coding-elite',
  totalMs: 900,
  upstreamMs: 850,
  firstContentMs: 120,
  usage: { inputTokens: 10, cacheReadTokens: 5, cacheWriteTokens: 0, outputTokens: 20, reasoningTokens: 3, source: 'provider' },
  attempts: [
    { provider: 'groq', model: 'llama', keyId: 'k1', startedAfterMs: 1, tookMs: 30, reason: 'rate-limited', status: 429 },
    { provider: 'groq', model: 'llama', keyId: 'k2', startedAfterMs: 31, tookMs: 869 },
  ],
}

test('a call is one line, with its times, tokens and the reasons of its failed attempts', () => {
  const { bus, lines } = openEventLog()
  bus.emit('call.settled', settledCall(call))
  const { time: _time, ...line } = lines[0] ?? {}
  assert.equal(lines.length, 1)
  assert.deepEqual(line, { level: 'info', component: 'http', event: 'call.settled', ...call, msg: 'chat answered' })
})

test('a refused request is one line with its path', () => {
  const { bus, lines } = openEventLog()
  bus.emit('call.served', { id: 'req_2', method: 'GET', path: '/v1/x?key=abcdefgh', status: 401, reason: 'unauthorized', totalMs: 0.5 })
  assert.equal(lines[0]?.['path'], '/v1/x?key=[secret]')
  assert.equal(lines[0]?.['reason'], 'unauthorized')
})

test('failed attempts are for debugging; a key that needs a person is a warning', () => {
  const { bus, lines } = openEventLog()
  const attempt = { callId: 'req_1', provider: 'groq', model: 'llama', keyId: 'k1', startedAfterMs: 0, tookMs: 1 }
  bus.emit('attempt.failed', { ...attempt, reason: 'rate-limited', message: 'slow down' })
  bus.emit('key.rested', { provider: 'groq', keyId: 'k1', keyLabel: 'GROQ_API_KEY_1', why: 'rate-limited', forMs: 1000, source: 'hint' })
  bus.emit('key.rested', { provider: 'groq', keyId: 'k1', keyLabel: 'GROQ_API_KEY_1', why: 'key-rejected', forMs: 1000, source: 'growing' })
  const key = { provider: 'groq', keyId: 'k1', keyLabel: 'GROQ_API_KEY_1' }
  bus.emit('key.returned', key)
  bus.emit('key.dead', { ...key, why: 'key-rejected', forMs: 1000 })
  bus.emit('key.disabled', { ...key, by: 'operator' })
  bus.emit('key.enabled', { ...key, by: 'operator' })
  assert.deepEqual(
    lines.map((line) => `${String(line['level'])} ${String(line['event'])}`),
    ['info key.rested', 'warn key.rested', 'info key.returned', 'error key.dead', 'info key.disabled', 'info key.enabled'],
  )
  assert.deepEqual([lines[0]?.['source'], lines[4]?.['by']], ['hint', 'operator'])
})

test('every event has a line at trace level', () => {
  const { bus, lines } = openEventLog('trace')
  const attempt = { callId: 'req_1', provider: 'groq', model: 'llama', keyId: 'k1', startedAfterMs: 0, tookMs: 1 }
  bus.emit('call.received', { id: 'req_1', method: 'POST', path: '/v1/chat/completions' })
  bus.emit('attempt.started', attempt)
  bus.emit('attempt.failed', { ...attempt, message: 'Incorrect API key sk-0123456789abcdef' })
  bus.emit('attempt.committed', attempt)
  bus.emit('target.rested', { provider: 'groq', model: 'llama', why: 'overloaded', forMs: 1 })
  bus.emit('target.returned', { provider: 'groq', model: 'llama' })
  bus.emit('models.refreshed', { provider: 'groq', models: 3, tookMs: 10 })
  bus.emit('models.failed', { provider: 'groq', message: 'timed out' })
  bus.emit('access.open', { path: '/v1/models' })
  bus.emit('usage.failed', { message: 'disk full' })
  bus.emit('standings.failed', { message: 'disk full' })
  assert.equal(lines.length, 11)
  assert.equal(lines[2]?.['msg'], 'Incorrect API key [secret]')
})
