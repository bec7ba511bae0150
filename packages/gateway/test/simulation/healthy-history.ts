/** A history in which nothing went wrong, made by hand: what tests of the checkers break. */
import type { CallRow } from '../../src/usage/call-row.ts'
import type { AttemptRecord } from '../../src/domain/usage.ts'
import type { CallSeen, History, RequestSeen, RowSeen } from './history.ts'
import { scenarioOf } from './scenario.ts'

export const call: CallSeen = {
  number: 1,
  at: 0,
  model: 'alpha/m',
  dialect: 'openai-chat',
  stream: true,
  habit: 'patient',
  leavesAfterMs: 0,
  life: 1,
  sentAt: 1000,
  requestId: 'r1',
  status: 200,
  body: 'data: a7w0 \n\ndata: a7w1 \n\ndata: [DONE]\n\n',
  end: 'properly',
  endedAt: 1200,
}

export const request: RequestSeen = {
  number: 7,
  provider: 'alpha',
  keyId: 'k1',
  call: 1,
  life: 1,
  bodyHash: 'b',
  askedAt: 1001,
  deed: 'answers',
  words: 2,
  neededMs: 190,
  outcome: 'complete',
  endedAt: 1190,
}

export const attempt: AttemptRecord = { provider: 'alpha', model: 'm', keyId: 'k1', startedAfterMs: 0, tookMs: 50 }

export function rowOf(attempts: readonly AttemptRecord[], more: Partial<CallRow> = {}): RowSeen {
  const row: CallRow = {
    id: 'r1',
    startedAt: 0,
    operation: 'chat',
    dialect: 'openai-chat',
    asked: 'alpha/m',
    stream: 1,
    caller: 'c',
    end: 'answered',
    status: 200,
    reason: null,
    provider: 'alpha',
    model: 'm',
    keyId: 'k1',
    route: null,
    totalMs: 200,
    firstContentMs: 50,
    upstreamMs: 50,
    inputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    outputTokens: null,
    reasoningTokens: null,
    usageSource: null,
    attempts: JSON.stringify(attempts),
    terminator: 'seen',
    passedThrough: 1,
    ...more,
  }
  return { row, settled: 1 }
}

export function healthyHistory(changes: Partial<History> = {}): History {
  return {
    scenario: { ...scenarioOf(1), nemeses: [] },
    startedAt: 1000,
    calls: [call],
    requests: [request],
    lines: [],
    rows: [rowOf([attempt])],
    kills: [],
    aftermath: { inFlight: 0, timersAtStart: 0, timersAtEnd: 0, pools: [], forgotten: [], longestRestMs: 0 },
    ...changes,
  }
}
