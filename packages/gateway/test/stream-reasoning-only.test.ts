/** As long as only thinking was sent, a stream that is cut is answered anew by another target where the owner wants that (B1). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { Ollama } from 'ollama'
import { answer } from '@keywheel/simulator'
import type { Reply } from '@keywheel/simulator'
import { eventsIn, keepsOrder } from './anthropic-stand.ts'
import { hear } from './faults/hear.ts'
import { RawCall } from './faults/raw-call.ts'
import { meanwhile, once, openRetrying } from './faults/retrying.ts'
import { beginAs, endOf, said, speeches, streamed } from './faults/spoken.ts'
import { hearOut, leaves, openStand } from './faults/stand.ts'
import type { Stand, StandGiven } from './faults/stand.ts'
import { keyText } from './harness.ts'

const spoken = speeches.openai

const thoughts = 4
const model = 'chain'
const question = [{ role: 'user' as const, content: 'hello' }]
const ask = { stream: true, stream_options: { include_usage: true } }

/** So many events of thinking. */
function thought(count: number, what = 't'): string {
  return Array.from({ length: count }, (_, index) => {
    const choices = [{ index: 0, delta: { reasoning_content: `${what}${index} ` }, finish_reason: null }]
    return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`
  }).join('')
}

function thoughtText(count: number, what = 't'): string {
  return Array.from({ length: count }, (_, index) => `${what}${index} `).join('')
}

function cutBehind(bytes: string, end: 'fin' | 'reset' = 'fin'): Reply {
  return streamed(spoken.start + bytes, { do: end })
}

interface Read {
  readonly thinking: string
  readonly text: string
}

/** What each official client makes of a stream. */
const clients: Readonly<Record<string, (stand: Stand) => Promise<Read>>> = {
  OpenAI: async (stand) => {
    const client = new OpenAI({ baseURL: stand.url, apiKey: 'any', maxRetries: 0 })
    const read = { thinking: '', text: '' }
    for await (const { choices } of await client.chat.completions.create({ model, messages: question, stream: true })) {
      const delta = choices[0]?.delta as { content?: string; reasoning_content?: string } | undefined
      read.text += delta?.content ?? ''
      read.thinking += delta?.reasoning_content ?? ''
    }
    return read
  },
  Ollama: async (stand) => {
    const read = { thinking: '', text: '' }
    for await (const { message } of await new Ollama({ host: stand.origin }).chat({ model, messages: question, stream: true })) {
      read.text += message.content
      read.thinking += message.thinking ?? ''
    }
    return read
  },
  Anthropic: async (stand) => {
    const client = new Anthropic({ baseURL: stand.origin, apiKey: 'any', maxRetries: 0 })
    const { content } = await client.messages.stream({ model, max_tokens: 100, messages: question }).finalMessage()
    // Each block as it ended: the one that was cut, that of the second, the text.
    assert.deepEqual(
      content.map(({ type }) => type),
      ['thinking', 'thinking', 'text'],
    )
    return {
      thinking: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
      text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    }
  },
}

for (const [name, read] of Object.entries(clients)) {
  test(`cut behind every event of thinking, ${name}’s client reads a whole second answer behind it`, async (t) => {
    const stand = await openRetrying(t)
    stand.beta.script('*', answer({ reasoning: 'anew', text: 'all of it' }))
    for (let count = 1; count <= thoughts; count++) {
      stand.alpha.script('*', cutBehind(thought(count), count % 2 === 0 ? 'reset' : 'fin'))
      assert.deepEqual(await meanwhile(stand, read(stand)), { thinking: `${thoughtText(count)}anew`, text: 'all of it' })
      stand.clock.advance(600_000)
    }
    await leaves(stand, ...Array.from({ length: thoughts }, () => 'answered 200 seen'))
  })
}

test('the caller hears one stream, the usage of both and a comment between them, and the row has both attempts', async (t) => {
  const stand = await openRetrying(t)
  stand.alpha.script('*', cutBehind(thought(3)))
  stand.beta.script('*', answer({ reasoning: 'a b', text: 'one two' }))
  const { body, finished } = await stand.hear(ask)
  const heard = hear(body)
  assert.deepEqual([heard.text, heard.done, heard.error, finished], ['one two', true, undefined, true])
  assert.deepEqual([new Set(heard.events.map(({ id }) => id)).size, new Set(heard.events.map(({ model: told }) => told)).size], [1, 1])
  assert.equal(body.toString().split('"role"').length, 2)
  assert.equal(body.toString().split('"finish_reason":"stop"').length, 2)
  assert.deepEqual(heard.comments, [': keywheel continued this answer with another attempt'])
  const usage = heard.events.at(-1)?.['usage'] as { completion_tokens: number } | undefined
  // Three events were heard of the first, and the second counts its words.
  assert.equal(usage?.completion_tokens, 3 + 4)
  const rows = await stand.rows()
  assert.deepEqual(
    rows.map(({ outputTokens, provider }) => [outputTokens, provider]),
    [[3 + 4, 'beta']],
  )
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

test('the second target is asked what the first was asked, and nothing else', async (t) => {
  const stand = await openRetrying(t)
  stand.alpha.script('*', cutBehind(thought(2)))
  stand.beta.script('*', answer({ text: 'yes' }))
  await stand.hear({ ...ask, max_tokens: 50 })
  const asked = [stand.alpha, stand.beta].map(({ calls }) => JSON.parse(calls[0]?.body.toString() ?? '') as unknown)
  assert.deepEqual(asked[1], asked[0])
})

test('Anthropic’s caller gets one message whose blocks keep their order, with tool calls and without', async (t) => {
  const stand = await openRetrying(t)
  stand.alpha.script('*', cutBehind(thought(2)))
  const call = { id: 'call_1', name: 'paint', arguments: '{"what":"x"}' }
  stand.beta.script('*', answer({ text: 'yes' }), answer({ reasoning: 'hm', text: 'yes', toolCalls: [call] }))
  for (const types of [
    ['thinking', 'text'],
    ['thinking', 'thinking', 'text', 'tool_use'],
  ]) {
    const asked = beginAs(stand, 'anthropic')
    const { done } = await endOf(stand, asked, 'anthropic')
    const events = eventsIn(asked.soFar?.body.toString().replace(/^: .*\n\n/m, '') ?? '')
    keepsOrder(events)
    const begun = events.flatMap((event) => (event.type === 'content_block_start' ? [event['content_block']] : [])) as { type: string }[]
    assert.deepEqual([done, begun.map(({ type }) => type)], [true, types])
    stand.clock.advance(600_000)
  }
})

test('where thinking is told in details, they tell that of both attempts', async (t) => {
  const stand = await openRetrying(t)
  stand.alpha.script('*', cutBehind(thought(2)))
  stand.beta.script('*', answer({ reasoning: 'anew', text: 'yes' }))
  const deltas = hear((await stand.hear(ask)).body).events.flatMap(({ choices }) => choices as { delta: Told }[])
  const details = deltas.flatMap(({ delta }) => delta.reasoning_details ?? [])
  assert.deepEqual(
    details.map(({ text, index }) => [text, index]),
    [
      [thoughtText(2), 0],
      ['anew', 1],
    ],
  )
})

interface Told {
  readonly reasoning_details?: readonly { readonly text: string; readonly index: number }[]
}

test('a document in a given form is answered anew as well, and never continued', async (t) => {
  const stand = await openRetrying(t, { continuesCut: true, keys: { alpha: ['a', 'b'] } })
  const body = { ...ask, response_format: { type: 'json_object' } }
  stand.alpha.script('*', cutBehind(thought(2)))
  stand.beta.script('*', answer({ text: '{"is":1}' }), cutBehind(spoken.words(1)))
  const heard = hear((await stand.hear(body)).body)
  assert.deepEqual([heard.text, heard.done], ['{"is":1}', true])
  stand.clock.advance(600_000)
  const cut = hear((await stand.hear(body)).body)
  assert.deepEqual([cut.text, cut.error?.code, stand.alpha.calls.length], [said(1), 'answer_truncated', 2])
})

for (const [what, bytes] of [
  ['behind the first word of text', thought(2) + spoken.words(1)],
  ['inside a tool call', thought(2) + spoken.call('{"what":')],
] as const) {
  test(`a stream that is cut ${what} ends as it is cut`, async (t) => {
    const stand = await openRetrying(t)
    stand.alpha.script('*', cutBehind(bytes))
    const { body, finished } = await stand.hear(ask)
    assert.deepEqual([hear(body).error?.code, finished, stand.beta.calls.length], ['answer_truncated', false, 0])
    await leaves(stand, 'broken 200 truncated')
  })
}

test('with the option off, thinking that is cut ends as it is cut, and a text is continued where that is wanted', async (t) => {
  for (const continuesCut of [false, true]) {
    const adjust: StandGiven['adjust'] = (config) => ({ ...config, streams: { ...config.streams, continuesCut } })
    const stand = await openStand(t, { settings: once, adjust })
    stand.alpha.script('*', cutBehind(thought(2)))
    const { body, finished } = await stand.hear(ask)
    assert.deepEqual([hear(body).error?.code, finished, stand.beta.calls.length], ['answer_truncated', false, 0])
    // Nothing touches the call: the bytes are the provider's own.
    assert.equal(body.toString().startsWith(spoken.start + thought(2)), !continuesCut)
    await leaves(stand, 'broken 200 truncated')
  }
})

test('with both options on, the second answer is continued where its text is cut', async (t) => {
  const stand = await openRetrying(t, { continuesCut: true, keys: { alpha: ['a', 'b'] } })
  stand.alpha.script(keyText('a'), cutBehind(thought(2)))
  stand.beta.script('*', cutBehind(thought(1, 'u') + spoken.words(3)))
  stand.alpha.script(keyText('b'), answer({ reasoning: 'untold', text: ' and the rest.' }))
  const { body, finished } = await stand.hear(ask)
  const heard = hear(body)
  assert.deepEqual([heard.text, heard.done, heard.comments.length, finished], [`${said(3)} and the rest.`, true, 2, true])
  const { messages } = JSON.parse(stand.alpha.calls[1]?.body.toString() ?? '') as { messages: { role: string; content: string }[] }
  assert.deepEqual([messages[1]?.role, messages[1]?.content], ['assistant', said(3)])
  assert.doesNotMatch(body.toString(), /untold/)
  await leaves(stand, 'answered 200 seen')
})

test('there are two further answers at most, each behind the thinking of the one before', async (t) => {
  const stand = await openRetrying(t, { keys: { alpha: ['a', 'b', 'c', 'd'] } })
  stand.alpha.script('*', cutBehind(thought(1)), cutBehind(thought(1, 'v')), cutBehind(thought(1, 'x')))
  stand.beta.script('*', cutBehind(thought(1, 'u')))
  const { body, finished } = await stand.hear(ask)
  const heard = hear(body)
  const told = heard.events.map((event) => (event['choices'] as { delta: { reasoning_content?: string } }[] | undefined)?.[0]?.delta)
  assert.equal(told.map((delta) => delta?.reasoning_content ?? '').join(''), 't0 u0 v0 ')
  assert.deepEqual([heard.error?.code, finished], ['answer_truncated', false])
  assert.equal(stand.alpha.calls.length + stand.beta.calls.length, 3)
  await leaves(stand, 'broken 200 truncated')
})

test('the only target answers anew with another key, never with the same', async (t) => {
  const stand = await openRetrying(t, { keys: { alpha: ['a', 'b'] } })
  stand.alpha.script(keyText('a'), cutBehind(thought(2)))
  stand.alpha.script(keyText('b'), answer({ text: 'yes' }))
  assert.equal(hear((await stand.hear({ ...ask, model: 'alpha/m' })).body).text, 'yes')
  assert.deepEqual(stand.keysSeen('alpha'), ['a', 'b'])
  await leaves(stand, 'answered 200 seen')
})

test('where nobody is left the stream ends as it is cut', async (t) => {
  const stand = await openRetrying(t)
  stand.alpha.script('*', cutBehind(thought(2)))
  const { body, finished } = await stand.hear({ ...ask, model: 'alpha/m' })
  assert.deepEqual([hear(body).error?.code, finished, stand.alpha.calls.length], ['answer_truncated', false, 1])
  await leaves(stand, 'broken 200 truncated')
})

test('where nothing of the call’s deadline is left, the stream ends as it is cut', async (t) => {
  const stand = await openRetrying(t, { settings: `${once}\ntimeouts: { deadline_ms: 5000 }` })
  stand.alpha.script('*', streamed(spoken.start + thought(2), { do: 'stall' }))
  const stalled = stand.begin(ask)
  await stalled.holds('t1')
  stand.clock.advance(60_000)
  const { errorType, done } = await endOf(stand, stalled, 'openai')
  assert.deepEqual([errorType === undefined, done, stand.beta.calls.length], [false, false, 0])
})

for (const [path, body] of [
  ['/v1/responses', { model, stream: true, input: 'hello', store: false }],
  [`/v1beta/models/${model}:streamGenerateContent?alt=sse`, gemini()],
] as const) {
  test(`a caller to whom half a thought would do harm is not answered anew: ${path.split('?')[0]}`, async (t) => {
    const stand = await openRetrying(t)
    stand.alpha.script('*', cutBehind(thought(2)))
    const { finished } = await hearOut(new RawCall(stand.port, { path, body }), stand.clock)
    assert.deepEqual([finished, stand.beta.calls.length], [false, 0])
    await leaves(stand, 'broken 200 truncated')
  })
}

function gemini(): object {
  return {
    contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
    generationConfig: { thinkingConfig: { includeThoughts: true } },
  }
}
