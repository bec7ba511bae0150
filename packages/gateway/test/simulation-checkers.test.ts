/** A checker that cannot fail proves nothing: each is shown histories that break its promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { violationsIn } from './simulation/checkers.ts'
import { attempt, call, healthyHistory, request, rowOf } from './simulation/healthy-history.ts'
import type { History, Violation } from './simulation/history.ts'
import { readReply } from './simulation/http-reply.ts'

type Broken = readonly [promise: Violation['promise'], what: RegExp, history: History]

const { aftermath } = healthyHistory()
const toBystander = { ...call, model: 'delta/m' }
const failedAttempt = { ...attempt, reason: 'upstream-broken' } as const
const many = (count: number): (typeof failedAttempt)[] =>
  Array.from({ length: count }, (_, index) => ({ ...failedAttempt, keyId: `k${index}`, startedAfterMs: index * 100 }))
const rests = { at: 1000, life: 1, fields: { event: 'target.rested', provider: 'alpha', forMs: 10_000 } }
const storeGone = { ...healthyHistory().scenario, nemeses: [{ is: 'store-gone', from: 0, until: 60_000 } as const] }
const later = { ...call, sentAt: 1100, endedAt: 1300 }
const laterRequest = { ...request, askedAt: 1101 }
/** Four calls that all repeat at the same moment. */
const retrying = ['r1', 'r2', 'r3', 'r4'].map((requestId): typeof call => Object.assign({}, call, { requestId }))

const broken: readonly Broken[] = [
  ['P1', /although its provider ends-silently/, healthyHistory({ requests: [{ ...request, deed: 'ends-silently', outcome: 'partial' }] })],
  ['P1', /1 of 2 words/, healthyHistory({ calls: [{ ...call, body: 'data: a7w0 \n\ndata: [DONE]\n\n' }] })],
  ['P1', /without its terminator/, healthyHistory({ calls: [{ ...call, body: 'data: a7w0 \n\ndata: a7w1 \n\n' }] })],
  ['P1', /without any word/, healthyHistory({ calls: [{ ...call, body: '' }] })],
  ['P1', /gave a whole answer/, healthyHistory({ calls: [{ ...call, end: 'cut' }] })],
  ['P1', /recorded as answered/, healthyHistory({ calls: [{ ...call, end: 'cut' }], requests: [{ ...request, outcome: 'partial' }] })],
  ['P2', /mixture/, healthyHistory({ calls: [{ ...call, body: 'data: a7w0 \n\ndata: a8w1 \n\ndata: [DONE]\n\n' }] })],
  ['P2', /mixture/, healthyHistory({ calls: [{ ...call, body: 'data: a7w1 \n\ndata: a7w0 \n\ndata: [DONE]\n\n' }] })],
  ['P2', /answer to call 2/, healthyHistory({ requests: [{ ...request, call: 2 }] })],
  ['P3', /met 4 faults/, healthyHistory({ rows: [rowOf(many(4))] })],
  ['P3', /went to what rests 2 times/, healthyHistory({ lines: [rests], rows: [rowOf(many(2))] })],
  ['P3', /3 times/, healthyHistory({ rows: [rowOf([attempt, attempt, attempt])] })],
  ['P3', /took 99000 ms/, healthyHistory({ rows: [rowOf([attempt], { totalMs: 99_000 })] })],
  ['P3', /waited 35000 ms/, healthyHistory({ rows: [rowOf([attempt], { firstContentMs: 35_000 })] })],
  [
    'P3',
    /4 retries at once/,
    healthyHistory({
      calls: retrying,
      rows: retrying.map(({ requestId: id = '' }) => rowOf([failedAttempt, { ...attempt, startedAfterMs: 60 }], { id })),
    }),
  ],
  ['P4', /does not record a request/, healthyHistory({ rows: [rowOf([])] })],
  ['P4', /never saw/, healthyHistory({ rows: [rowOf([attempt, { ...attempt, startedAfterMs: 60 }])] })],
  ['P4', /records success/, healthyHistory({ requests: [{ ...request, outcome: 'refused', deed: 'error-500' }] })],
  ['P5', /has no row/, healthyHistory({ rows: [] })],
  ['P5', /belongs to no call/, healthyHistory({ rows: [rowOf([attempt]), rowOf([], { id: 'r2' })] })],
  ['P5', /settled 2 times/, healthyHistory({ rows: [{ ...rowOf([attempt]), settled: 2 }] })],
  ['P5', /without an end/, healthyHistory({ rows: [rowOf([attempt], { end: 'open' })] })],
  ['P5', /its gateway lives/, healthyHistory({ rows: [{ ...rowOf([], { end: 'interrupted' }), settled: 0 }] })],
  ['P5', /has no row/, healthyHistory({ rows: [], kills: [{ life: 1, at: 1100 }], calls: [{ ...call, end: 'killed' }] })],
  ['P10', /took 2000 ms/, healthyHistory({ calls: [{ ...toBystander, endedAt: 3000 }] })],
  ['P10', /was cut/, healthyHistory({ calls: [{ ...toBystander, end: 'cut' }] })],
  ['P14', /nobody said so/, healthyHistory({ scenario: storeGone, calls: [later], requests: [laterRequest] })],
  ['P14', /was not tried/, healthyHistory({ scenario: storeGone, calls: [{ ...later, status: 503 }], requests: [], rows: [rowOf([])] })],
  ['quiet', /in flight for ever/, healthyHistory({ aftermath: { ...aftermath, inFlight: 1 } })],
  ['quiet', /2 timers wait/, healthyHistory({ aftermath: { ...aftermath, timersAtEnd: 2 } })],
  ['quiet', /not chosen again/, healthyHistory({ aftermath: { ...aftermath, forgotten: ['alpha/k1'] } })],
  ['quiet', /rests for/, healthyHistory({ aftermath: { ...aftermath, longestRestMs: 1e9 } })],
  ['quiet', /never ended/, healthyHistory({ calls: [{ ...call, end: 'open' }] })],
  ['bug', /oops/, healthyHistory({ lines: [{ at: 1000, life: 1, fields: { level: 'error', component: 'gateway', msg: 'oops' } }] })],
]

test('a healthy history has no violation', () => {
  assert.deepEqual(violationsIn(healthyHistory()), [])
})

for (const [promise, what, history] of broken) {
  test(`${promise} is seen to be broken: ${what.source}`, () => {
    const found = violationsIn(history).filter((violation) => violation.promise === promise)
    assert.ok(
      found.some((violation) => what.test(violation.what)),
      JSON.stringify(violationsIn(history)),
    )
  })
}

function isComplete(text: string): boolean | undefined {
  return readReply(Buffer.from(text))?.isComplete
}

test('a reply that is cut is told from one that is ended', () => {
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  const counted = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n'
  assert.equal(isComplete(`${head}2\r\nab\r\n0\r\n\r\n`), true)
  for (const cut of [`${head}2\r\nab\r\n`, `${head}2\r\nab\r\n0\r\n`, `${head}5\r\nab`, head, `${counted}ab`])
    assert.equal(isComplete(cut), false)
  assert.equal(isComplete(`${counted}abc`), true)
  assert.equal(isComplete('HTTP/1.1 200 OK\r\n'), undefined)
})
