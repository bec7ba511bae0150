/** A text that is cut goes on with another target where the owner wants that: one stream, well formed, with all of the text (B1). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { GoogleGenAI } from '@google/genai'
import { Ollama } from 'ollama'
import { answer } from '@keywheel/simulator'
import type { Reply } from '@keywheel/simulator'
import { hear } from './faults/hear.ts'
import { beginAs, endOf, said, speeches, streamed, wellEnded } from './faults/spoken.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand, StandGiven } from './faults/stand.ts'
import { until } from './faults/until.ts'
import { eventsIn, keepsOrder } from './anthropic-stand.ts'
import { keyText } from './harness.ts'

const spoken = speeches.openai
const once = 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }'
const words = 5
/** How the second provider goes on: one that repeats the last words, and begins as a new answer would. */
const rest = ' and the rest, 😀.'

function openContinuing(t: TestContext, given: StandGiven = {}): Promise<Stand> {
  return openStand(t, { settings: once, ...given, adjust: (config) => ({ ...config, streams: { ...config.streams, continuesCut: true } }) })
}

/** Cut behind so many words. */
function cutBehind(count: number, end: 'fin' | 'reset' = 'fin'): Reply {
  return streamed(spoken.start + spoken.words(count), { do: end })
}

const ask = { stream: true, stream_options: { include_usage: true } }
const question = [{ role: 'user' as const, content: 'hello' }]

/** What each official client makes of a stream. */
const clients: Readonly<Record<string, (stand: Stand) => Promise<string>>> = {
  OpenAI: async (stand) => {
    const client = new OpenAI({ baseURL: stand.url, apiKey: 'any', maxRetries: 0 })
    const stream = client.chat.completions.stream({ model: 'chain', messages: question })
    return (await stream.finalChatCompletion()).choices[0]?.message.content ?? ''
  },
  Responses: async (stand) => {
    const client = new OpenAI({ baseURL: stand.url, apiKey: 'any', maxRetries: 0 })
    const stream = client.responses.stream({ model: 'chain', input: 'hello', store: false })
    return (await stream.finalResponse()).output_text
  },
  Anthropic: async (stand) => {
    const client = new Anthropic({ baseURL: stand.origin, apiKey: 'any', maxRetries: 0 })
    return client.messages.stream({ model: 'chain', max_tokens: 100, messages: question }).finalText()
  },
  Gemini: async (stand) => {
    const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: stand.origin } })
    let text = ''
    for await (const chunk of await client.models.generateContentStream({ model: 'chain', contents: 'hello' })) text += chunk.text ?? ''
    return text
  },
  Ollama: async (stand) => {
    let text = ''
    for await (const part of await new Ollama({ host: stand.origin }).chat({ model: 'chain', messages: question, stream: true })) {
      text += part.message.content
    }
    return text
  },
}

/** Pauses of no length are let pass while the client reads. */
async function meanwhile<T>(stand: Stand, asking: Promise<T>): Promise<T> {
  let isOver = false
  const settled = asking.finally(() => (isOver = true))
  settled.catch(() => undefined)
  await until(() => {
    if (stand.clock.untilNext === 0) stand.clock.advance(0)
    return isOver
  })
  return settled
}

for (const [name, read] of Object.entries(clients)) {
  test(`cut behind every event, ${name}’s client reads the whole text`, async (t) => {
    const stand = await openContinuing(t)
    stand.beta.script('*', answer({ text: rest }))
    for (let count = 1; count <= words; count++) {
      stand.alpha.script('*', cutBehind(count))
      assert.equal(await meanwhile(stand, read(stand)), said(count) + rest)
      stand.clock.advance(600_000)
    }
    await leaves(stand, ...Array.from({ length: words }, () => 'answered 200 seen'))
  })
}

test('the caller hears one stream: one role, one id, one model, one end, a comment at the joint, and the sum of the usage', async (t) => {
  const stand = await openContinuing(t)
  stand.alpha.script('*', cutBehind(3, 'reset'))
  stand.beta.script('*', answer({ text: rest }))
  const { body, finished } = await stand.hear(ask)
  const heard = hear(body)
  assert.deepEqual([heard.text, heard.done, heard.error, finished], [said(3) + rest, true, undefined, true])
  assert.deepEqual([new Set(heard.events.map(({ id }) => id)).size, new Set(heard.events.map(({ model }) => model)).size], [1, 1])
  assert.equal(body.toString().split('"role"').length, 2)
  assert.equal(body.toString().split('"finish_reason":"stop"').length, 2)
  assert.deepEqual(heard.comments, [': keywheel continued this answer with another attempt'])
  const usage = heard.events.at(-1)?.['usage'] as { completion_tokens: number } | undefined
  // Three events were heard of the first, and the second counts its words.
  assert.equal(usage?.completion_tokens, 3 + rest.trim().split(/\s+/).length)
  const rows = await stand.rows()
  assert.equal(rows.length, 1)
  assert.deepEqual([rows[0]?.outputTokens, rows[0]?.usageSource, rows[0]?.provider], [usage?.completion_tokens, 'estimated', 'beta'])
  const settled = stand.log.find(({ event }) => event === 'call.settled') as {
    attempts: { provider: string; note?: string; reason?: string }[]
  }
  assert.deepEqual(
    settled.attempts.map(({ provider, note, reason }) => [provider, note, reason]),
    [
      ['alpha', 'cut', 'truncated'],
      ['beta', undefined, undefined],
    ],
  )
  assert.equal(stand.log.filter(({ event }) => event === 'call.continued').length, 1)
})

test('the second target gets the conversation, what was said, and the request to go on', async (t) => {
  const stand = await openContinuing(t)
  stand.alpha.script('*', cutBehind(3))
  stand.beta.script('*', answer({ text: rest }))
  await stand.hear(ask)
  const { messages } = JSON.parse(stand.beta.calls[0]?.body.toString() ?? '') as { messages: { role: string; content: string }[] }
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant', 'user'],
  )
  assert.equal(messages[1]?.content, said(3))
  assert.match(messages[2]?.content ?? '', /exactly where it stopped/)
})

test('what the second one repeats of the first is left out', async (t) => {
  const stand = await openContinuing(t)
  stand.alpha.script('*', cutBehind(4))
  stand.beta.script('*', answer({ text: `w2 w3${rest}`, chunkSize: 1 }))
  assert.equal(hear((await stand.hear(ask)).body).text, said(4) + rest)
})

test('thinking of the second one is not told, and its tool call is', async (t) => {
  const stand = await openContinuing(t)
  stand.alpha.script('*', cutBehind(2))
  stand.beta.script('*', answer({ reasoning: 'hm', text: rest, toolCalls: [{ id: 'call_1', name: 'paint', arguments: '{"what":"x"}' }] }))
  for (const caller of ['openai', 'anthropic'] as const) {
    const heard = await endOf(stand, beginAs(stand, caller), caller)
    assert.deepEqual([heard.text, heard.callText, heard.done], [said(2) + rest, '{"what":"x"}', true])
    stand.clock.advance(600_000)
  }
})

test('Anthropic’s caller gets one message whose blocks keep their order', async (t) => {
  const stand = await openContinuing(t)
  stand.alpha.script('*', cutBehind(3))
  stand.beta.script('*', answer({ reasoning: 'hm', text: rest }))
  const asked = beginAs(stand, 'anthropic')
  await endOf(stand, asked, 'anthropic')
  const events = eventsIn(asked.soFar?.body.toString().replace(/^: .*\n\n/m, '') ?? '')
  keepsOrder(events)
  assert.equal(events.filter(({ type }) => type === 'content_block_start').length, 1)
})

test('a target that takes up a text by itself gets it as its last turn, and nothing behind it', async (t) => {
  const stand = await openContinuing(t, { dialect: 'anthropic-messages' })
  const claude = speeches.anthropic
  stand.alpha.script('*', streamed(claude.start + claude.words(3), { do: 'fin' }))
  stand.beta.script('*', streamed(claude.start + claude.words(1) + claude.finish('stop') + claude.terminator, ...wellEnded))
  const heard = await endOf(stand, beginAs(stand, 'anthropic'), 'anthropic')
  assert.deepEqual([heard.text, heard.done], [`${said(3)}w0`, true])
  const { messages, max_tokens: limit } = JSON.parse(stand.beta.calls[0]?.body.toString() ?? '') as {
    messages: { role: string }[]
    max_tokens: number
  }
  assert.deepEqual([messages.map(({ role }) => role), limit], [['user', 'assistant'], 98])
})

test('a second target that fails before it goes on is not heard, and a third one goes on', async (t) => {
  const stand = await openContinuing(t, { keys: { alpha: ['a', 'b'] } })
  stand.alpha.script(keyText('a'), cutBehind(2))
  stand.beta.script('*', streamed(spoken.start + spoken.error, ...wellEnded))
  stand.alpha.script(keyText('b'), answer({ text: rest }))
  assert.equal(hear((await stand.hear(ask)).body).text, said(2) + rest)
  await leaves(stand, 'answered 200 seen')
})

test('a text is continued twice at most, and then ends as it is cut', async (t) => {
  const stand = await openContinuing(t, { keys: { alpha: ['a', 'b', 'c', 'd'] } })
  stand.alpha.script('*', cutBehind(2), cutBehind(2), cutBehind(2))
  stand.beta.script('*', streamed(spoken.start + spoken.words(1), { do: 'fin' }))
  const { body, finished } = await stand.hear(ask)
  const heard = hear(body)
  assert.deepEqual([heard.done, finished, heard.error?.code], [false, false, 'answer_truncated'])
  assert.equal(stand.alpha.calls.length + stand.beta.calls.length, 3)
  await leaves(stand, 'broken 200 truncated')
})

test('the only target goes on with another key, never with the same', async (t) => {
  const stand = await openContinuing(t, { keys: { alpha: ['a', 'b'] } })
  stand.alpha.script(keyText('a'), cutBehind(2))
  stand.alpha.script(keyText('b'), answer({ text: rest }))
  const { body } = await stand.hear({ ...ask, model: 'alpha/m' })
  assert.equal(hear(body).text, said(2) + rest)
  assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b'])
  await leaves(stand, 'answered 200 seen')
})

test('where nobody is left the stream ends as it is cut', async (t) => {
  const stand = await openContinuing(t)
  stand.alpha.script('*', cutBehind(2))
  const { body, finished } = await stand.hear({ ...ask, model: 'alpha/m' })
  assert.deepEqual([hear(body).error?.code, finished, stand.alpha.calls.length], ['answer_truncated', false, 1])
  await leaves(stand, 'broken 200 truncated')
})

const call = spoken.start + spoken.words(2) + spoken.call('{"what":', '"a tr')
for (const [what, body, bytes] of [
  ['inside a tool call', {}, call],
  ['behind a tool call', {}, call + spoken.call('"}')],
  ['with several choices', { n: 2 }, spoken.start + spoken.words(2)],
  ['with a form to keep', { response_format: { type: 'json_object' } }, spoken.start + spoken.words(2)],
  ['with probabilities', { logprobs: true }, spoken.start + spoken.words(2)],
] as const) {
  test(`a stream that is cut ${what} is not continued`, async (t) => {
    const stand = await openContinuing(t)
    stand.alpha.script('*', streamed(bytes, { do: 'fin' }))
    const { body: heard, finished } = await stand.hear({ ...ask, ...body })
    assert.deepEqual([hear(heard).error?.code, finished, stand.beta.calls.length], ['answer_truncated', false, 0])
    await leaves(stand, 'broken 200 truncated')
  })
}

test('a stream that stalls and one that tells an error are continued as one that is cut', async (t) => {
  const stand = await openContinuing(t)
  stand.beta.script('*', answer({ text: rest }))
  stand.alpha.script('*', streamed(spoken.start + spoken.words(2) + spoken.error, ...wellEnded))
  assert.equal(hear((await stand.hear(ask)).body).text, said(2) + rest)
  stand.alpha.script('*', streamed(spoken.start + spoken.words(2), { do: 'stall' }))
  const stalled = stand.begin(ask)
  await stalled.holds('w1')
  stand.clock.advance(60_000)
  const heard = await endOf(stand, stalled, 'openai')
  assert.deepEqual([heard.text, heard.done], [said(2) + rest, true])
  await leaves(stand, 'answered 200 seen', 'answered 200 seen')
})

test('a caller that leaves while another target is sought leaves nothing behind', async (t) => {
  const stand = await openContinuing(t)
  stand.alpha.script('*', cutBehind(2))
  stand.beta.script('*', answer({ text: rest, firstByteMs: 10_000 }))
  const left = stand.begin(ask)
  const seen = await stand.beta.seen(1)
  left.leave()
  assert.equal(await seen.done, 'client-closed')
  await until(() => stand.clock.timers === 0)
  await leaves(stand, 'cancelled 499 cancelled')
})

test('with the option off a cut text ends as it is cut, and the bytes are the provider’s own', async (t) => {
  const stand = await openStand(t, { settings: once })
  stand.alpha.script('*', cutBehind(2))
  const { body, finished } = await stand.hear(ask)
  assert.ok(body.toString().startsWith(spoken.start + spoken.words(2)))
  assert.deepEqual([finished, stand.beta.calls.length], [false, 0])
  await leaves(stand, 'broken 200 truncated')
})
