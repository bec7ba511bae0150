import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { answer, keyRejected, serverError } from './replies.ts'
import { ask, dial, open, payloads, receive, requestBytes, spelt } from './testing.test.ts'
import { openSimulator } from './simulator.ts'

test('a chat gets a whole answer with usage and an id of its own', async (t) => {
  const simulator = await open(t)
  const first = (await (await ask(simulator)).json()) as Record<string, unknown>
  const second = (await (await ask(simulator)).json()) as Record<string, unknown>
  assert.partialDeepStrictEqual(first, {
    object: 'chat.completion',
    model: 'sim-small',
    choices: [{ index: 0, message: { role: 'assistant', content: 'This is answer 1.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  })
  assert.notEqual(first['id'], second['id'])
})

test('a stream gives the role, the words, the finish and [DONE], and no usage unless asked', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ tokens: 3 }))
  const response = await ask(simulator, { stream: true })
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  const events = payloads(await response.text())
  assert.partialDeepStrictEqual(events, [
    { object: 'chat.completion.chunk', choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }] },
    { choices: [{ delta: { content: 'w0' } }] },
    { choices: [{ delta: { content: ' w1' } }] },
    { choices: [{ delta: { content: ' w2' } }] },
    { choices: [{ delta: {}, finish_reason: 'stop' }] },
    '[DONE]',
  ])
  assert.equal(JSON.stringify(events).includes('usage'), false)
})

test('a stream that asks for usage gets it in an event without choices, and null in the others', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ tokens: 2 }))
  const events = payloads(await (await ask(simulator, { stream: true, stream_options: { include_usage: true } })).text())
  assert.partialDeepStrictEqual(events.at(0), { usage: null })
  assert.partialDeepStrictEqual(events.at(-2), { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })
})

test('tool calls are made only where tools are offered, and their arguments come in pieces', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ toolCalls: [{ id: 'call_1', name: 'paint', arguments: '{"what":"a 😀 tree"}' }] }))
  const events = payloads(await (await ask(simulator, { stream: true, tools: [{}] })).text()) as {
    choices: { delta: { tool_calls?: { id?: string; function: { arguments: string } }[] }; finish_reason: string | null }[]
  }[]
  const parts = events.flatMap((event) => event.choices?.[0]?.delta.tool_calls ?? [])
  assert.equal(parts[0]?.id, 'call_1')
  assert.ok(parts.length > 2)
  assert.equal(parts.map((part) => part.function.arguments).join(''), '{"what":"a 😀 tree"}')
  assert.equal(events.at(-2)?.choices[0]?.finish_reason, 'tool_calls')
  const whole = await (await ask(simulator)).json()
  assert.partialDeepStrictEqual(whole, { choices: [{ finish_reason: 'stop', message: { role: 'assistant' } }] })
})

test('text and reasoning can name the call, the key, the model and the prompt', async (t) => {
  const simulator = await open(t)
  simulator.script('*', answer({ text: '{call} {key} {model} {prompt} {other}', reasoning: 'on {prompt}' }))
  const whole = await (await ask(simulator, {}, { key: 'k' })).json()
  assert.partialDeepStrictEqual(whole, {
    choices: [{ message: { content: '1 k sim-small Say hello please {other}', reasoning_content: 'on Say hello please' } }],
  })
})

test('text completions are answered in their own shape', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ text: 'once {prompt}' }))
  const body = { messages: undefined, prompt: 'upon' }
  const whole = await (await ask(simulator, body, { path: '/completions' })).json()
  assert.partialDeepStrictEqual(whole, { object: 'text_completion', choices: [{ text: 'once upon', finish_reason: 'stop' }] })
  const events = payloads(await (await ask(simulator, { ...body, stream: true }, { path: '/completions' })).text())
  assert.partialDeepStrictEqual(events, [{ choices: [{ text: 'once' }] }, { choices: [{ text: ' upon' }] }, {}, '[DONE]'])
})

test('embeddings are the same for the same input, as numbers or as base64', async (t) => {
  const simulator = await open(t)
  const path = '/embeddings'
  type Answer = { data: { embedding: number[] }[]; usage: object }
  const numbers = (await (await ask(simulator, { input: ['one', 'two', 'one'], dimensions: 5 }, { path })).json()) as Answer
  const [one, two, again] = numbers.data.map((item) => item.embedding)
  assert.equal(one?.length, 5)
  assert.deepEqual(one, again)
  assert.notDeepEqual(one, two)
  const coded = await (await ask(simulator, { input: 'one', dimensions: 5, encoding_format: 'base64' }, { path })).json()
  const bytes = Buffer.from((coded as { data: { embedding: string }[] }).data[0]?.embedding ?? '', 'base64')
  assert.deepEqual(
    Array.from({ length: 5 }, (_, index) => bytes.readFloatLE(index * 4)),
    one,
  )
  const lists = await (await ask(simulator, { input: [[1, 2], [3]] }, { path })).json()
  assert.partialDeepStrictEqual(lists, { usage: { prompt_tokens: 3 } })
})

test('any base path is served, and an unknown one is not', async (t) => {
  const simulator = await open(t, { models: ['m1'] })
  const listed = await fetch(`${simulator.origin}/api/openai/models?limit=2`)
  assert.partialDeepStrictEqual(await listed.json(), { object: 'list', data: [{ id: 'm1', object: 'model' }] })
  assert.equal((await ask(simulator, {}, { path: '/deep/er/chat/completions' })).status, 200)
  assert.equal((await ask(simulator, {}, { path: '/images' })).status, 404)
  assert.equal((await fetch(`${simulator.origin}/nothing`)).status, 404)
})

test('replies are used in turn and the last one stays', async (t) => {
  const simulator = await open(t, { keys: { b: { reply: [serverError(), answer()] } } })
  simulator.script('a', serverError(500), serverError(502), answer())
  const statuses = async (key: string): Promise<number[]> => {
    const seen: number[] = []
    for (let time = 0; time < 4; time++) seen.push((await ask(simulator, {}, { key })).status)
    return seen
  }
  assert.deepEqual(await statuses('a'), [500, 502, 200, 200])
  assert.deepEqual(await statuses('b'), [500, 200, 200, 200])
})

test("a key's own replies go before those for every key, and a function is asked each time", async (t) => {
  const simulator = await open(t, {
    keys: { own: { reply: (call) => answer({ text: `to ${call.key}` }) } },
    otherKeys: { reply: keyRejected() },
  })
  assert.equal((await ask(simulator, {}, { key: 'stranger' })).status, 401)
  simulator.script('*', serverError())
  assert.equal((await ask(simulator, {}, { key: 'stranger' })).status, 500)
  assert.partialDeepStrictEqual(await (await ask(simulator, {}, { key: 'own' })).json(), { choices: [{ message: { content: 'to own' } }] })
})

test('a listing of models takes no turn, but a refused key is refused there too', async (t) => {
  const simulator = await open(t)
  simulator.script('a', keyRejected(), answer())
  const headers = { 'x-api-key': 'a' }
  assert.equal((await fetch(`${simulator.url}/models`, { headers })).status, 401)
  assert.equal((await ask(simulator)).status, 401)
  assert.equal((await fetch(`${simulator.url}/models`, { headers })).status, 200)
})

test('calls tell what was sent and on which connection', async (t) => {
  const simulator = await open(t)
  const awaited = simulator.seen(2)
  await (await ask(simulator, { stream: true }, { key: 'k1' })).text()
  await (await ask(simulator, {}, { key: 'k2' })).text()
  const call = await awaited
  assert.equal(call, simulator.calls[1])
  assert.partialDeepStrictEqual(
    simulator.calls.map(({ number, method, path, key, model, stream, ended }) => ({ number, method, path, key, model, stream, ended })),
    [
      { number: 1, method: 'POST', path: '/v1/chat/completions', key: 'k1', model: 'sim-small', stream: true, ended: 'answered' },
      { number: 2, key: 'k2', stream: false, ended: 'answered' },
    ],
  )
  assert.ok(call.connection >= 1 && call.connection <= simulator.totalConnections)
  simulator.forgetCalls()
  assert.equal(simulator.calls.length, 0)
})

test('a client that leaves is noticed at once, before and during an answer', async (t) => {
  const simulator = await open(t)
  for (const reply of [
    answer({ firstByteMs: 60_000 }),
    answer({ tokens: 9, everyMs: 60_000 }),
    { is: 'wire', steps: [{ do: 'stall' }] } as const,
  ]) {
    simulator.forgetCalls()
    simulator.script('a', reply)
    const leaving = new AbortController()
    const asked = ask(simulator, { stream: true }, { signal: leaving.signal }).catch(() => undefined)
    const call = await simulator.seen(1)
    assert.equal(call.ended, 'running')
    leaving.abort()
    assert.equal(await call.done, 'client-closed')
    await asked
  }
})

test('a fast answer to a slow reader waits for it', async (t) => {
  const simulator = await open(t)
  simulator.script('a', answer({ tokens: 5_000_000 }))
  const before = process.memoryUsage().rss
  const socket = await dial(simulator)
  socket.write(requestBytes({ stream: true }))
  await once(socket, 'data')
  socket.pause()
  await new Promise((resolve) => setTimeout(resolve, 40))
  const call = await simulator.seen(1)
  assert.equal(call.ended, 'running')
  // The whole answer would be near a gigabyte.
  assert.ok(process.memoryUsage().rss - before < 200 * 1024 * 1024)
  socket.destroy()
  assert.equal(await call.done, 'client-closed')
})

test('headers, extra fields, comments, line ends and a missing [DONE] are as told', async (t) => {
  const simulator = await open(t)
  simulator.script(
    'a',
    answer({
      tokens: 2,
      extra: { system_fingerprint: 'fp' },
      comments: ['PROCESSING'],
      lineEnd: '\r\n',
      done: false,
      headers: { 'x-own': 'yes' },
    }),
  )
  const response = await ask(simulator, { stream: true })
  assert.equal(response.headers.get('x-own'), 'yes')
  const text = await response.text()
  assert.ok(text.startsWith(': PROCESSING\r\n\r\ndata: {'))
  assert.ok(!text.includes('[DONE]') && !/[^\r]\n/.test(text))
  assert.partialDeepStrictEqual(payloads(text)[0], { system_fingerprint: 'fp' })
})

test('a stream cut into small chunks says the same', async (t) => {
  const simulator = await open(t)
  const text = 'ünïcode 😀 漢字'
  for (const chunkSize of [1, 2, 3, 7]) {
    simulator.script('a', answer({ text, chunkSize }))
    const { bytes } = await receive(simulator, { stream: true }, (seen) => seen.includes('\r\n0\r\n\r\n'))
    const sizes = bytes.toString('latin1').matchAll(/\r\n([0-9a-f]+)\r\n/g)
    assert.ok([...sizes].every(([, size = '']) => Number.parseInt(size, 16) <= chunkSize))
    assert.equal(spelt(await (await ask(simulator, { stream: true })).text()), text)
  }
})

test('a script of raw bytes writes, holds, keeps and ends as told', async (t) => {
  const simulator = await open(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  simulator.script(
    'a',
    {
      is: 'wire',
      steps: [
        { do: 'write', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhi' },
        { do: 'hold', until: promise },
        { do: 'repeat', steps: [{ do: 'write', bytes: Buffer.from('!') }], times: 2 },
      ],
    },
    answer(),
  )
  const response = await ask(simulator)
  assert.equal((await simulator.seen(1)).ended, 'running')
  resolve()
  assert.equal(await response.text(), 'hi!!')
  assert.equal((await ask(simulator)).status, 200)
})

test('closing cuts what runs, and the port is free again', async () => {
  const simulator = await openSimulator({ otherKeys: { reply: answer({ firstByteMs: 60_000 }) } })
  const asked = ask(simulator).catch((error: unknown) => error)
  const call = await simulator.seen(1)
  await simulator.close()
  assert.equal(await call.done, 'broken')
  assert.ok((await asked) instanceof Error)
  assert.equal(simulator.openConnections, 0)
  await using again = await openSimulator({ port: simulator.port })
  assert.equal(again.port, simulator.port)
})

test('a long run can choose to remember only the last calls', async (t) => {
  const simulator = await open(t, { rememberCalls: 2 })
  for (let time = 0; time < 4; time++) await (await ask(simulator)).text()
  assert.deepEqual(
    simulator.calls.map((call) => call.number),
    [3, 4],
  )
})
