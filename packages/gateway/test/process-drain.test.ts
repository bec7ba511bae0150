import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openSimulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import type { Caller, Heard, Sent } from './process/client.ts'
import { runKeywheel } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'
import { assertSound } from './process/sound.ts'
import { heldStream } from './process/streams.ts'
import { until } from './process/until.ts'

interface Speech {
  readonly path: string
  /** What a stream of this dialect ends with when the gateway has to end it. */
  readonly farewell: RegExp
  /** How a new call is refused meanwhile. */
  readonly refusal: object
}

const speeches: readonly Speech[] = [
  {
    path: '/v1/chat/completions',
    farewell: /\ndata: \{"error":\{"message":"[^"]*being stopped[^"]*","type":"server_error","param":null,"code":"shutting_down"\}\}\n\n$/,
    refusal: { error: { code: 'shutting_down' } },
  },
  {
    path: '/v1/messages',
    farewell: /\nevent: error\ndata: \{"type":"error","error":\{"type":"[a-z_]+","message":"[^"]*being stopped[^"]*"\}[^\n]*\}\n\n$/,
    refusal: { type: 'error' },
  },
  {
    path: '/v1/responses',
    farewell: /\nevent: response\.failed\ndata: \{"type":"response\.failed",[^\n]*"code":"server_error"[^\n]*\}\n\n$/,
    refusal: { error: { code: 'shutting_down' } },
  },
]

/** Far less than usual; with `KEYWHEEL_TEST_DRAIN_SECONDS=60` it is as in real life, and takes as long. */
const drainSeconds = Number(process.env['KEYWHEEL_TEST_DRAIN_SECONDS'] ?? 4)

interface Scene {
  readonly program: Running
  readonly caller: Caller
  readonly release: () => void
  /** Streams that go on once they are released, and those that never do. */
  readonly short: readonly Sent[]
  readonly long: readonly (readonly Sent[])[]
}

/** Five hundred streams that all stand in the middle: half of them OpenAI's, the other half, which will not end, in three dialects. */
async function openScene(t: TestContext): Promise<Scene> {
  const upstream = await openSimulator({ rememberCalls: 10 })
  t.after(() => upstream.close())
  const hold = Promise.withResolvers<void>()
  upstream.script('key-of-the-short-ones', heldStream(hold.promise))
  upstream.script('key-of-the-long-ones', heldStream(new Promise(() => undefined)))
  const env = {
    SHORT_API_BASE: upstream.url,
    SHORT_API_KEY: 'key-of-the-short-ones',
    LONG_API_BASE: upstream.url,
    LONG_API_KEY: 'key-of-the-long-ones',
    DRAIN_SECONDS: String(drainSeconds),
    TIMEOUT_READ_STREAMING: String(drainSeconds + 60),
  }
  const program = await runKeywheel(t, { env })
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  const begin = (model: string, path: string, count: number): Sent[] =>
    Array.from({ length: count }, () => caller.send(path, bodyFor(path, model)))
  const short = begin('short/m', '/v1/chat/completions', 250)
  const long = speeches.map(({ path }, index) => begin('long/m', path, index === 0 ? 84 : 83))
  await Promise.all([...short, ...long.flat()].map(({ begun }) => begun))
  return { program, caller, release: hold.resolve, short, long }
}

function bodyFor(path: string, model: string): object {
  if (path === '/v1/responses') return { model, stream: true, input: 'hello' }
  return question('hello', { model, stream: true, max_tokens: 100 })
}

const heardBy = (sent: readonly Sent[]): Promise<readonly Heard[]> => Promise.all(sent.map(({ heard }) => heard))

test('F94 SIGTERM with 500 streams: those that end in time end whole, the others with an error of their dialect, and nothing new begins', async (t) => {
  const { program, caller, release, short, long } = await openScene(t)
  const startedAt = performance.now()
  program.kill('SIGTERM')
  const health = await until('health to say that it stops', async () => {
    const heard = await caller.send('/health').heard
    return heard.status === 503 && heard
  })
  assert.equal((JSON.parse(health.body) as { status: string }).status, 'stopping')
  t.diagnostic(`told after ${(performance.now() - startedAt).toFixed(0)} ms`)
  for (const { path, refusal } of speeches) {
    const refused = await caller.send(path, bodyFor(path, 'short/m')).heard
    assert.equal(refused.status, 503)
    assert.equal(refused.headers.connection, 'close')
    assert.equal(refused.headers['retry-after'], '1')
    assert.partialDeepStrictEqual(JSON.parse(refused.body), refusal)
  }
  release()
  for (const heard of await heardBy(short)) {
    assert.equal(heard.complete, true)
    assert.deepEqual(saidIn(heard), { text: 'Half of it, and the rest.', ids: ['held'], finished: true })
  }
  t.diagnostic(`the short ones have ended after ${(performance.now() - startedAt).toFixed(0)} ms`)
  for (const [index, sent] of long.entries()) {
    for (const { complete, body } of await heardBy(sent)) {
      assert.equal(complete, false)
      assert.match(body, speeches[index]?.farewell ?? /never/)
      assert.doesNotMatch(body, /\[DONE\]|message_stop|response\.completed/)
    }
  }
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  const tookMs = performance.now() - startedAt
  t.diagnostic(`the end after ${tookMs.toFixed(0)} ms`)
  assert.ok(tookMs >= drainSeconds * 1000 && tookMs < drainSeconds * 1000 + 10_000)
  assertRows(program)
})

function assertRows({ directory }: Running): void {
  const path = join(directory, 'data', 'keywheel.db')
  assertSound(path)
  const ends = Object.groupBy(readCalls(path, { limit: 10_000 }), ({ end, reason }) => `${end} ${reason ?? ''}`)
  const counts = Object.entries(ends).map(([end, rows]) => [end, rows?.length])
  assert.deepEqual(Object.fromEntries(counts), { 'answered ': 250, 'broken shutting-down': 250 })
}

test('F94 a call that still waits for its provider when the time is over is refused with 503', async (t) => {
  const upstream = await openSimulator()
  t.after(() => upstream.close())
  upstream.script('*', { is: 'wire', steps: [{ do: 'stall' }] })
  const env = { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'alpha-key-000000000001', DRAIN_SECONDS: '0.2' }
  const program = await runKeywheel(t, { env })
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  const whole = caller.send('/v1/chat/completions', question('hello'))
  const streamed = caller.send('/v1/messages', bodyFor('/v1/messages', 'alpha/m'))
  await upstream.seen(2)
  program.kill('SIGTERM')
  for (const heard of await heardBy([whole, streamed])) {
    assert.equal(heard.status, 503)
    assert.equal(heard.headers.connection, 'close')
    assert.match(heard.body, /"message":"The gateway is being stopped\. Try again in a moment\."/)
  }
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  const rows = readCalls(join(program.directory, 'data', 'keywheel.db'), { limit: 10 })
  assert.deepEqual(
    rows.map(({ end, status, reason }) => `${end} ${status} ${reason}`),
    Array(2).fill('failed 503 shutting-down'),
  )
})
