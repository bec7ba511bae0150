/** F35 to F49 for callers of both dialects in front of providers of both: passed through where they are one, translated where not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginAs, chunked, endOf, head, pairs, said, speeches, streamed, wellEnded } from './faults/spoken.ts'
import type { HeardAnswer, Speech, Spoken } from './faults/spoken.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { aWhile, until } from './faults/until.ts'

const once = 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }'

interface Pair {
  readonly stand: Stand
  readonly caller: Speech
  readonly provider: Speech
  readonly spoken: Spoken
  readonly ask: () => Promise<HeardAnswer>
}

/** One test for each pair. */
function forPairs(title: string, check: (pair: Pair) => Promise<void>): void {
  for (const { caller, provider } of pairs) {
    test(`${title} [${caller} caller, ${provider} provider]`, async (t) => {
      const stand = await openStand(t, { settings: once, dialect: provider === 'anthropic' ? 'anthropic-messages' : 'openai-chat' })
      const spoken = speeches[provider]
      stand.beta.script('*', streamed(spoken.start + spoken.words(2) + spoken.finish('stop') + spoken.terminator, ...wellEnded))
      const ask = (): Promise<HeardAnswer> => endOf(stand, beginAs(stand, caller), caller)
      await check({ stand, caller, provider, spoken, ask })
    })
  }
}

function isWhole({ text, done, finished, errorType }: HeardAnswer, words: string): void {
  assert.deepEqual({ text, done, finished, errorType }, { text: words, done: true, finished: true, errorType: undefined })
}

function isBroken({ status, text, done, finished, errorType }: HeardAnswer, words: string): void {
  assert.deepEqual({ status, text, done, finished }, { status: 200, text: words, done: false, finished: false })
  assert.ok(errorType !== undefined)
}

for (const [id, end] of [
  ['F35', 'reset'],
  ['F36', 'fin'],
] as const) {
  forPairs(`${id} half an event, then ${end}: whole events, an error event, an unfinished body`, async ({ stand, spoken, ask }) => {
    const next = spoken.words(4).slice(spoken.words(3).length)
    const bytes = spoken.start + spoken.words(3) + next.slice(0, next.length / 2)
    stand.alpha.script('*', streamed(bytes, { do: end }), {
      is: 'wire',
      steps: [{ do: 'write', bytes: `${head}connection: close\r\n\r\n${bytes}` }, { do: end }],
    })
    isBroken(await ask(), said(3))
    isBroken(await ask(), said(3))
    assert.equal(stand.beta.calls.length, 0)
    await leaves(stand, 'broken 200 truncated', 'broken 200 truncated')
  })
}

forPairs('F37 an error event before content is not seen: the next provider answers', async ({ stand, spoken, ask }) => {
  stand.alpha.script('*', streamed(spoken.start + spoken.sign + spoken.error, ...wellEnded))
  const heard = await ask()
  isWhole(heard, said(2))
  assert.equal(heard.provider, 'beta')
  await leaves(stand, 'answered 200 seen')
})

forPairs('F38 an error event after content is told in the caller’s dialect, and nobody else is asked', async (pair) => {
  const { stand, caller, spoken, ask } = pair
  stand.alpha.script('*', streamed(spoken.start + spoken.words(3) + spoken.error, ...wellEnded))
  const heard = await ask()
  isBroken(heard, said(3))
  assert.equal(heard.errorType, caller === 'openai' ? 'server_error' : 'overloaded_error')
  assert.equal(stand.beta.calls.length, 0)
  await leaves(stand, 'broken 200 overloaded')
})

forPairs(
  'F39 a reason to stop without the terminator: whole from OpenAI’s, cut from Anthropic’s',
  async ({ stand, spoken, provider, ask }) => {
    stand.alpha.script('*', streamed(spoken.start + spoken.words(3) + spoken.finish('stop'), ...wellEnded))
    const heard = await ask()
    if (provider === 'openai') isWhole(heard, said(3))
    else isBroken(heard, said(3))
    await leaves(stand, provider === 'openai' ? 'answered 200 inferred' : 'broken 200 truncated')
  },
)

forPairs('F40 the terminator and an open connection: the caller is done at once, the provider is left after a second', async (pair) => {
  const { stand, spoken, ask } = pair
  stand.alpha.script('*', streamed(spoken.start + spoken.words(3) + spoken.finish('stop') + spoken.terminator, { do: 'stall' }))
  isWhole(await ask(), said(3))
  stand.clock.advance(999)
  await aWhile()
  assert.equal(stand.alpha.calls[0]?.ended, 'running')
  stand.clock.advance(1)
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await leaves(stand, 'answered 200 seen')
})

forPairs('F41 a stream that stalls: a sign of life each 15 s, an error event after 60 s', async ({ stand, caller, spoken }) => {
  const idle = stand.clock.timers
  stand.alpha.script('*', streamed(spoken.start + spoken.words(3), { do: 'stall' }))
  const call = beginAs(stand, caller)
  await call.holds('w2')
  const sign = caller === 'openai' ? ': keepalive' : 'event: ping'
  for (let signs = 1; signs <= 3; signs++) {
    stand.clock.advance(15_000)
    await until(() => (call.soFar?.body.toString().split(sign).length ?? 0) === signs + 1)
  }
  stand.clock.advance(14_999)
  await aWhile()
  assert.equal(call.isClosed, false)
  stand.clock.advance(1)
  isBroken(await endOf(stand, call, caller), said(3))
  await until(() => stand.clock.timers === idle)
  await leaves(stand, 'broken 200 stalled')
})

forPairs('F42 only comments or pings before content: after the time for the first content the next provider answers', async (pair) => {
  const { stand, caller, spoken } = pair
  const again = {
    do: 'repeat',
    steps: [
      { do: 'wait', ms: 1000 },
      { do: 'write', bytes: chunked(spoken.sign) },
    ],
  } as const
  stand.alpha.script('*', streamed(spoken.sign, again))
  const call = beginAs(stand, caller)
  await stand.alpha.seen(1)
  for (let second = 0; second < 30; second++) {
    await aWhile()
    assert.equal(stand.beta.calls.length, 0, `after ${second} s`)
    stand.clock.advance(1000)
  }
  isWhole(await endOf(stand, call, caller), said(2))
  await leaves(stand, 'answered 200 seen')
})

forPairs('F42 only comments or pings after content: they are no content, and the stream breaks off after 60 s', async (pair) => {
  const { stand, caller, spoken } = pair
  const again = {
    do: 'repeat',
    steps: [
      { do: 'wait', ms: 4000 },
      { do: 'write', bytes: chunked(spoken.sign) },
    ],
  } as const
  stand.alpha.script('*', streamed(spoken.start + spoken.words(3), again))
  const call = beginAs(stand, caller)
  await call.holds('w2')
  for (let time = 0; time < 14; time++) {
    await aWhile()
    stand.clock.advance(4000)
  }
  await aWhile()
  assert.equal(call.isClosed, false)
  stand.clock.advance(4000)
  isBroken(await endOf(stand, call, caller), said(3))
  await leaves(stand, 'broken 200 stalled')
})

forPairs('F43 a line of 50 MB is cut at 1 MiB, memory stays flat, and the caller is told', async ({ stand, spoken, ask }) => {
  const block = chunked(Buffer.alloc(64 * 1024, 'x'))
  const line = { do: 'repeat', steps: [{ do: 'write', bytes: block }], times: 800 } as const
  stand.alpha.script('*', streamed(`${spoken.start + spoken.words(3)}data: {"x":"`, line))
  const before = process.memoryUsage().rss
  isBroken(await ask(), said(3))
  assert.ok(process.memoryUsage().rss - before < 40 * 1024 * 1024)
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await leaves(stand, 'broken 200 bad-answer')
})

/** The whole stream in writes of so many bytes, each of which leaves by itself. */
function inPieces(bytes: string, size: number): ReturnType<typeof streamed> {
  const body = Buffer.from(bytes)
  const steps = []
  for (let at = 0; at < body.length; at += size) {
    steps.push({ do: 'write', bytes: chunked(body.subarray(at, at + size)) } as const, { do: 'flush' } as const)
  }
  return streamed('', ...steps, ...wellEnded)
}

for (const [name, ending] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const) {
  forPairs(`F44 line ends of ${name}, split at every byte: the same answer`, async ({ stand, spoken, ask }) => {
    const bytes = (spoken.start + spoken.words(3) + spoken.finish('stop') + spoken.terminator).replaceAll('\n', ending)
    const heard = []
    for (const size of [1, 2, 3, 7, 100_000]) {
      stand.alpha.script('*', inPieces(bytes, size))
      heard.push(await ask())
    }
    for (const each of heard) isWhole(each, said(3))
    await leaves(stand, ...heard.map(() => 'answered 200 seen'))
  })
}

forPairs('F45 characters of four bytes in tool arguments, split at every byte: the same arguments', async ({ stand, spoken, ask }) => {
  const pieces = ['{"what":"', '😀 👩‍👩‍👧 𝒳', ' 漢字"}']
  const bytes = spoken.start + spoken.call(...pieces) + spoken.finish('tool') + spoken.terminator
  for (const size of [1, 2, 3, 5, 100_000]) {
    stand.alpha.script('*', inPieces(bytes, size))
    const heard = await ask()
    assert.deepEqual([heard.callText, heard.done, heard.errorType], [pieces.join(''), true, undefined])
  }
})

function told(type: string, more: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
}

const open = (index: number): string => told('content_block_start', { index, content_block: { type: 'text', text: '' } })
const text = (index: number, words: string): string => told('content_block_delta', { index, delta: { type: 'text_delta', text: words } })
const close = (index: number): string => told('content_block_stop', { index })

for (const caller of ['openai', 'anthropic'] as const) {
  test(`F46 Anthropic blocks out of order, twice, or never opened are borne [${caller} caller]`, async (t) => {
    const stand = await openStand(t, { settings: once, dialect: 'anthropic-messages' })
    const claude = speeches.anthropic
    const disorders = {
      'a delta before its start': claude.start + text(0, 'a') + open(0) + text(0, 'b') + close(0),
      'a block that is opened twice': claude.start + open(0) + text(0, 'a') + open(0) + text(0, 'b') + close(0),
      'a stop that comes twice': claude.start + open(0) + text(0, 'ab') + close(0) + close(0),
      'indexes backwards': claude.start + open(1) + text(1, 'a') + close(1) + open(0) + text(0, 'b') + close(0),
      'no start at all': text(0, 'ab'),
    }
    for (const [what, blocks] of Object.entries(disorders)) {
      stand.alpha.script('*', streamed(blocks + claude.finish('stop') + claude.terminator, ...wellEnded))
      const heard = await endOf(stand, beginAs(stand, caller), caller)
      assert.deepEqual([what, heard.text, heard.done, heard.finished, heard.errorType], [what, 'ab', true, true, undefined])
    }
    await leaves(stand, ...Object.keys(disorders).map(() => 'answered 200 seen'))
  })
}

forPairs('F47 ten thousand events in one piece: all of them, in order', async ({ stand, spoken, ask }) => {
  stand.alpha.script('*', streamed(spoken.start + spoken.words(10_000) + spoken.finish('stop') + spoken.terminator, ...wellEnded))
  isWhole(await ask(), said(10_000))
  await leaves(stand, 'answered 200 seen')
})

forPairs('F47 an event each 10 s for twenty minutes: no limit is met', async ({ stand, caller, spoken }) => {
  const all = spoken.words(121)
  const events = all
    .slice(0, -2)
    .split('\n\n')
    .map((each) => `${each}\n\n`)
  const paced = events.flatMap((each) => [{ do: 'wait', ms: 10_000 } as const, { do: 'write', bytes: chunked(each) } as const])
  stand.alpha.script(
    '*',
    streamed(spoken.start, ...paced, { do: 'write', bytes: chunked(spoken.finish('stop') + spoken.terminator) }, ...wellEnded),
  )
  const call = beginAs(stand, caller)
  await stand.alpha.seen(1)
  for (let steps = 0; call.soFar?.finished !== true; steps++) {
    assert.ok(steps < 400 && !call.isClosed)
    stand.clock.advance(5000)
    await aWhile()
  }
  isWhole(await endOf(stand, call, caller), said(121))
  assert.ok(stand.clock.now() >= 1_200_000)
})

forPairs('F48 whatever follows the terminator is dropped', async ({ stand, spoken, ask }) => {
  const whole = spoken.start + spoken.words(3) + spoken.finish('stop') + spoken.terminator
  for (const more of [spoken.words(5), '}{ garbage\n\n', spoken.error]) {
    stand.alpha.script('*', streamed(whole + more, ...wellEnded))
    isWhole(await ask(), said(3))
  }
  await leaves(stand, ...Array.from({ length: 3 }, () => 'answered 200 seen'))
})

forPairs('F49 tool arguments cut by the length limit come as they are', async ({ stand, caller, spoken, ask }) => {
  stand.alpha.script(
    '*',
    streamed(spoken.start + spoken.call('{"what":', '"a tr') + spoken.finish('length') + spoken.terminator, ...wellEnded),
  )
  const heard = await ask()
  assert.deepEqual([heard.callText, heard.done, heard.errorType], ['{"what":"a tr', true, undefined])
  assert.equal(heard.stopReason, caller === 'openai' ? 'length' : 'max_tokens')
  await leaves(stand, 'answered 200 seen')
})

forPairs('the reason to stop is held back no longer than until what follows it', async ({ stand, caller, spoken }) => {
  stand.alpha.script('*', streamed(spoken.start + spoken.words(3) + spoken.finish('length'), { do: 'stall' }))
  const call = beginAs(stand, caller)
  await call.holds('w2')
  if (caller === 'openai' && spoken === speeches.openai) await call.holds('"length"')
  stand.clock.advance(60_000)
  isBroken(await endOf(stand, call, caller), said(3))
})
