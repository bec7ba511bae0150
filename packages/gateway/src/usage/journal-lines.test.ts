import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as hold, boolean, constantFrom, nat, option, property, record, string, array } from 'fast-check'
import type { CallOpening, CallRecord } from '../domain/usage.ts'
import { openingLine, settleLine } from './journal-lines.ts'

const text = string({ unit: 'binary' })
const opening = {
  id: text,
  startedAt: nat(),
  operation: constantFrom('chat' as const, 'embed' as const),
  dialect: constantFrom('openai-chat' as const),
  asked: text,
  stream: boolean(),
  caller: text,
}
const maybeText = option(text, { nil: undefined })
const maybeNumber = option(nat(), { nil: undefined })
const attempt = record(
  {
    provider: text,
    model: text,
    keyId: text,
    startedAfterMs: nat(),
    tookMs: nat(),
    reason: constantFrom('rate-limited' as const),
    status: nat(),
    note: text,
  },
  { requiredKeys: ['provider', 'model', 'keyId', 'startedAfterMs', 'tookMs'] },
)
const usage = record({
  inputTokens: nat(),
  cacheReadTokens: nat(),
  cacheWriteTokens: nat(),
  outputTokens: nat(),
  reasoningTokens: nat(),
  source: constantFrom('provider' as const, 'estimated' as const),
})

test('an opening line says what JSON.stringify would say', () => {
  hold(
    property(record(opening), (call: CallOpening) => {
      assert.deepEqual(JSON.parse(openingLine(call)), { open: { ...call } })
    }),
  )
})

test('a settle line says what JSON.stringify would say, on one line', () => {
  const settled = record({
    ...opening,
    end: constantFrom('answered' as const, 'broken' as const),
    status: nat(599),
    provider: maybeText,
    model: maybeText,
    keyId: maybeText,
    route: maybeText,
    totalMs: nat(),
    firstContentMs: maybeNumber,
    upstreamMs: maybeNumber,
    usage: option(usage, { nil: undefined }),
    attempts: array(attempt),
    terminator: option(constantFrom('seen' as const, 'inferred' as const), { nil: undefined }),
    passedThrough: option(boolean(), { nil: undefined }),
  })
  hold(
    property(settled, (call) => {
      const line = settleLine(call as CallRecord)
      assert.equal(line.indexOf('\n'), line.length - 1)
      assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify({ settle: call })))
    }),
  )
})
