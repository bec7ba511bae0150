/** A stream that brings its content too slowly for too long is given up; one that its own caller holds up is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer } from '@keywheel/simulator'
import { beginAs, chunked, endOf, said, speeches, streamed, wellEnded } from './faults/spoken.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'

const spoken = speeches.openai
const once = 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }'

function openGuarded(t: TestContext, slowestTokensPerSecond: number): Promise<Stand> {
  return openStand(t, {
    settings: once,
    adjust: (config) => ({ ...config, streams: { ...config.streams, slowestTokensPerSecond, slowForMs: 20_000 } }),
  })
}

/** Events after the start, one each so many milliseconds. */
function paced(events: readonly string[], everyMs: number): ReturnType<typeof streamed> {
  const steps = events.flatMap((each) => [{ do: 'wait', ms: everyMs } as const, { do: 'write', bytes: chunked(each) } as const])
  return streamed(spoken.start, ...steps, { do: 'write', bytes: chunked(spoken.finish('stop') + spoken.terminator) }, ...wellEnded)
}

function words(count: number): string[] {
  return spoken
    .words(count)
    .slice(0, -2)
    .split('\n\n')
    .map((each) => `${each}\n\n`)
}

async function walk(stand: Stand, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    stand.clock.advance(500)
    await aWhile()
  }
}

test('a stream of a token each two seconds is too slow for a limit of one a second: an error event, an unfinished body', async (t) => {
  const stand = await openGuarded(t, 1)
  stand.alpha.script('*', paced(words(100), 2000))
  const call = beginAs(stand, 'openai')
  await stand.alpha.seen(1)
  await walk(stand, 29_000)
  assert.equal(call.isClosed, false)
  await walk(stand, 2000)
  const heard = await endOf(stand, call, 'openai')
  assert.deepEqual([heard.done, heard.finished, heard.errorType], [false, false, 'timeout_error'])
  assert.ok(heard.text.startsWith(said(9)))
  assert.equal(stand.beta.calls.length, 0)
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await leaves(stand, 'broken 200 stalled')
})

for (const [limit, what] of [
  [0.4, 'a limit that it keeps'],
  [0, 'no limit'],
] as const) {
  test(`the same stream with ${what} is let go on to its end`, async (t) => {
    const stand = await openGuarded(t, limit)
    stand.alpha.script('*', paced(words(40), 2000))
    const call = beginAs(stand, 'openai')
    await stand.alpha.seen(1)
    await walk(stand, 82_000)
    const heard = await endOf(stand, call, 'openai')
    assert.deepEqual([heard.text, heard.done, heard.finished], [said(40), true, true])
    await leaves(stand, 'answered 200 seen')
  })
}

test('events that are few and long are as fast as their text', async (t) => {
  const stand = await openGuarded(t, 3)
  const long = words(12).map((each, index) => each.replace(/"content":"[^"]*"/, `"content":"${'x'.repeat(10 + index * 40)}"`))
  stand.alpha.script('*', paced(long, 5000))
  const call = beginAs(stand, 'openai')
  await stand.alpha.seen(1)
  await walk(stand, 61_000)
  assert.equal((await endOf(stand, call, 'openai')).done, true)
  await leaves(stand, 'answered 200 seen')
})

test('a provider that sends events without content is left for the next one before anything was sent', async (t) => {
  const stand = await openGuarded(t, 1)
  const empty = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":null}]}\n\n'
  stand.alpha.script(
    '*',
    paced(
      Array.from({ length: 100 }, () => empty),
      2000,
    ),
  )
  stand.beta.script('*', answer({ text: 'from beta' }))
  const call = beginAs(stand, 'openai')
  await stand.alpha.seen(1)
  await walk(stand, 31_000)
  const heard = await endOf(stand, call, 'openai')
  assert.deepEqual([heard.text, heard.done, heard.provider], ['from beta', true, 'beta'])
  await leaves(stand, 'answered 200 seen')
})

test('a caller that reads slowly is not taken for a slow provider', async (t) => {
  const stand = await openGuarded(t, 1000)
  const block = spoken.words(2000)
  stand.alpha.script('*', streamed(spoken.start + block.repeat(30) + spoken.finish('stop') + spoken.terminator, ...wellEnded))
  const call = beginAs(stand, 'openai')
  await call.holds('w1999')
  call.stopReading()
  await walk(stand, 50_000)
  call.readAgain()
  await until(() => {
    if (stand.clock.untilNext === 0) stand.clock.advance(0)
    return call.isClosed || call.soFar?.finished === true
  })
  assert.equal((await endOf(stand, call, 'openai')).done, true)
  await leaves(stand, 'answered 200 seen')
})
