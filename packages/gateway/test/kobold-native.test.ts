/** KoboldAI's and KoboldCpp's own interface in front of a provider that speaks like OpenAI. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, overloaded, rateLimited } from '@keywheel/simulator'
import type { Reply, Step } from '@keywheel/simulator'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'
import { getJson, post, readTokens, settings, textOf, tokensOf } from './kobold/lite.ts'
import type { Token } from './kobold/lite.ts'

const prompt = '{{[INPUT]}}Hello{{[OUTPUT]}}'
/** One virtual model, so that there is a model without any list. */
const yaml = `
providers: { box: { base_url: "\${BOX_URL}", keys: ["${keyText('a')}"] } }
virtual_models: { storyteller: { fallback_chain: [{ provider: box, model: m }] } }
`
const given = { providers: { box: {} }, yaml } as const

/** What the provider was asked by one of its calls; the first unless told. */
function sentIn(bench: Bench, at = 0): Record<string, unknown> {
  const json = bench.upstream.calls.at(at)?.json
  assert.ok(typeof json === 'object' && json !== null)
  return json as Record<string, unknown>
}

test('a client that connects finds a KoboldCpp with one model', async (t) => {
  const bench = await openBench(t)
  const facts = await Promise.all(
    [
      '/api/v1/model',
      '/api/v1/info/version',
      '/api/v1/config/max_context_length',
      '/api/v1/config/max_length',
      '/api/v1/config/soft_prompts_list',
      '/api/v1/config/soft_prompt',
      '/api/extra/true_max_context_length',
      '/api/extra/preloadstory',
      '/sdapi/v1/sd-models',
    ].map((path) => getJson(bench, path)),
  )
  assert.deepEqual(facts, [
    { result: 'koboldcpp/alpha/m' },
    { result: '1.2.5' },
    { value: 32_768 },
    { value: 1024 },
    { values: [] },
    { value: '' },
    { value: 32_768 },
    {},
    [],
  ])
  const version = (await getJson(bench, '/api/extra/version')) as Record<string, unknown>
  assert.deepEqual([version['result'], version['protected'], version['jinja']], ['KoboldCpp', false, true])
  const [major, minor] = String(version['version']).split('.').map(Number)
  assert.ok(major === 1 && minor !== undefined && minor >= 104)
  const switchedOn = Object.keys(version).filter((name) => version[name] === true)
  assert.deepEqual(switchedOn, ['vision', 'jinja'])
  const perf = (await getJson(bench, '/api/extra/perf')) as Record<string, unknown>
  assert.deepEqual([perf['idle'], perf['queue'], perf['total_gens']], [1, 0, 0])
})

test('a key is asked for everywhere but where Lite sends none', async (t) => {
  const bench = await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') } })
  assert.equal((await fetch(`${bench.origin}/sdapi/v1/sd-models`)).status, 200)
  const refused = await fetch(`${bench.origin}/api/v1/model`)
  assert.equal(refused.status, 401)
  const { detail } = (await refused.json()) as { detail: { msg: string; type: string } }
  assert.match(detail.msg, /needs a key/)
  assert.equal(detail.type, 'unauthorized')
  const known = await fetch(`${bench.origin}/api/extra/version`, { headers: { authorization: `Bearer ${keyText('proxy')}` } })
  assert.equal(((await known.json()) as Record<string, unknown>)['protected'], true)
})

test('a prompt is answered whole, as turns of a chat', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', answer({ text: ' Good day to you.' }))
  for (const path of ['/api/v1/generate', '/api/latest/generate']) {
    const response = await post(bench, path, { ...settings, prompt })
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { results: [{ text: ' Good day to you.', finish_reason: 'stop' }] })
    assert.equal(response.headers.get('x-keywheel-provider'), 'box')
  }
  const asked = sentIn(bench)
  assert.deepEqual(asked['messages'], [{ role: 'user', content: 'Hello' }])
  assert.deepEqual([asked['model'], asked['max_tokens'], asked['temperature']], ['m', 768, 0.75])
  for (const field of ['genkey', 'max_length', 'rep_pen', 'prompt', 'trim_stop', 'stop']) assert.ok(!(field in asked), field)
})

test('a stream is found by Lite’s regular expression, event by event', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', answer({ text: 'Line\u2028separators 👋🏽 and\nbreaks survive.', chunkSize: 5 }))
  const tokens = await readTokens(await post(bench, '/api/extra/generate/stream', { ...settings, prompt }))
  assert.equal(textOf(tokens), 'Line\u2028separators 👋🏽 and\nbreaks survive.')
  assert.deepEqual(
    tokens.map(({ finish_reason: reason }) => reason),
    [...tokens.slice(1).map(() => null), 'stop'],
  )
})

test('a story is one message with the instruction to go on, and ends at the limit', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', answer({ text: ' upon a time', finish: 'length' }))
  const story = { ...settings, memory: '[A tale.]\n', prompt: 'There was, once', stop_sequence: [] }
  const tokens = await readTokens(await post(bench, '/api/extra/generate/stream', story))
  assert.equal(textOf(tokens), ' upon a time')
  assert.equal(tokens.at(-1)?.finish_reason, 'length')
  const messages = sentIn(bench)['messages'] as { role: string; content: string }[]
  assert.match(messages[0]?.content ?? '', /Write what comes next/)
  assert.deepEqual(messages.slice(1), [{ role: 'user', content: '[A tale.]\nThere was, once' }])
})

test('a text to stop at ends the answer here, also where the provider goes on', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', answer({ text: 'Yes.\nYou: really? '.repeat(500), everyMs: 1 }))
  const stops = ['1', '2', '3', '4', '\nYou:']
  const tokens = await readTokens(await post(bench, '/api/extra/generate/stream', { ...settings, prompt, stop_sequence: stops }))
  assert.equal(textOf(tokens), 'Yes.')
  assert.equal(tokens.at(-1)?.finish_reason, 'stop')
  assert.deepEqual(sentIn(bench)['stop'], ['1', '2', '3', '4'])
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
})

/** Reads tokens until there are so many, and leaves the rest where it is. */
async function some(tokens: AsyncGenerator<Token>, count: number): Promise<Token[]> {
  const read: Token[] = []
  while (read.length < count) {
    const { value, done } = await tokens.next()
    if (done === true) break
    read.push(value)
  }
  return read
}

async function rest(tokens: AsyncGenerator<Token>): Promise<Token[]> {
  const read: Token[] = []
  for await (const token of tokens) read.push(token)
  return read
}

test('a stream that runs is looked at and ended by its name, at the provider at once', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', answer({ tokens: 100_000, everyMs: 2 }))
  const tokens = tokensOf(await post(bench, '/api/extra/generate/stream', { ...settings, prompt }))
  const seen = textOf(await some(tokens, 3))
  const checked = await post(bench, '/api/extra/generate/check', { genkey: settings.genkey })
  const { results } = (await checked.json()) as { results: [{ text: string }] }
  assert.ok(results[0].text.startsWith(seen), `${seen} … ${results[0].text}`)
  const looked = (await getJson(bench, `/api/extra/generate/check?genkey=${settings.genkey}`)) as typeof results
  assert.ok(JSON.stringify(looked).includes('w0'))
  const aborted = await post(bench, '/api/extra/abort', { genkey: settings.genkey })
  assert.deepEqual(await aborted.json(), { success: 'true', done: 'true' })
  assert.equal((await rest(tokens)).at(-1)?.finish_reason, 'stop', 'for the page the stream is complete')
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
  const again = await post(bench, '/api/extra/abort', { genkey: settings.genkey })
  assert.deepEqual(await again.json(), { success: 'false', done: 'true' })
  const [row] = await bench.rows()
  assert.deepEqual([row?.end, row?.dialect], ['cancelled', 'kobold'])
})

const silence: Reply = { is: 'wire', steps: [{ do: 'stall' } satisfies Step] }

test('what has no text yet is ended as well, and gives no text', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', silence)
  for (const [at, path] of ['/api/v1/generate', '/api/extra/generate/stream'].entries()) {
    const asked = post(bench, path, { ...settings, prompt })
    const call = await bench.upstream.seen(at + 1)
    await post(bench, '/api/extra/abort', { genkey: settings.genkey })
    const response = await asked
    assert.deepEqual([response.status, await response.json()], [200, { results: [{ text: '', finish_reason: 'stop' }] }])
    assert.equal(await call.done, 'client-closed')
  }
})

test('nobody sees or ends what another caller has generated', async (t) => {
  const [mine, others] = [keyText('mine'), keyText('others')]
  const bench = await openBench(t, { ...given, env: { PROXY_API_KEY: `${mine},${others}` } })
  bench.upstream.script('*', answer({ tokens: 100_000, everyMs: 2 }))
  const tokens = tokensOf(await post(bench, '/api/extra/generate/stream', { ...settings, prompt }, mine))
  await some(tokens, 1)
  const named = { genkey: settings.genkey }
  assert.deepEqual(await (await post(bench, '/api/extra/generate/check', named, others)).json(), { results: [{ text: '' }] })
  assert.deepEqual(await (await post(bench, '/api/extra/abort', named, others)).json(), { success: 'false', done: 'false' })
  assert.equal(bench.upstream.calls[0]?.ended, 'running')
  assert.equal((await post(bench, '/api/extra/abort', named)).status, 401)
  await post(bench, '/api/extra/abort', named, mine)
  await rest(tokens)
})

test('a text is still there to be looked at when it is finished', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', answer({ text: 'All of it.' }))
  await (await post(bench, '/api/v1/generate', { ...settings, prompt })).text()
  const checked = await post(bench, '/api/extra/generate/check', { genkey: settings.genkey })
  assert.deepEqual(await checked.json(), { results: [{ text: 'All of it.' }] })
  const logprobs = await post(bench, '/api/extra/last_logprobs', { genkey: settings.genkey })
  assert.deepEqual(await logprobs.json(), { logprobs: null })
})

test('what goes away by itself is a busy server, and everything else says what it is', async (t) => {
  const bench = await openBench(t, given)
  const wrong = await post(bench, '/api/v1/generate', { ...settings, prompt: 7 })
  assert.deepEqual([wrong.status, await wrong.json()], [400, { detail: { msg: '`prompt` must be a text.', type: 'bad_input' } }])
  for (const reply of [rateLimited({ afterSeconds: 30 }), overloaded()]) {
    bench.upstream.script('*', reply)
    const busy = await post(bench, '/api/extra/generate/stream', { ...settings, prompt })
    const { detail } = (await busy.json()) as { detail: { msg: string; type: string } }
    assert.deepEqual([busy.status, detail.type], [503, 'service_unavailable'])
    assert.match(detail.msg, /No provider could answer for `storyteller`/)
    assert.notEqual(busy.headers.get('retry-after'), null)
  }
  const nowhere = await post(bench, '/api/extra/tts', {})
  assert.equal(nowhere.status, 404)
  assert.match(JSON.stringify(await nowhere.json()), /"detail":\{"msg":"There is nothing at/)
})

test('a stream that breaks off says nothing that could be taken for text, and ends unfinished', async (t) => {
  const bench = await openBench(t, given)
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n'
  const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Half' }, finish_reason: null }] })}\n\n`
  bench.upstream.script('*', { is: 'wire', steps: [{ do: 'write', bytes: head + chunk }, { do: 'flush' }, { do: 'reset' }] })
  const response = await post(bench, '/api/extra/generate/stream', { ...settings, prompt })
  const tokens: Token[] = []
  await assert.rejects(async () => {
    for await (const token of tokensOf(response)) tokens.push(token)
  }, /terminated/)
  assert.deepEqual(tokens, [{ token: 'Half', finish_reason: null }])
})

test('tokens are counted', async (t) => {
  const bench = await openBench(t, given)
  const counted = await post(bench, '/api/extra/tokencount', { prompt: 'The quick brown fox jumps over the lazy dog.' })
  const { value, ids } = (await counted.json()) as { value: number; ids: unknown[] }
  assert.ok(value >= 9 && value <= 14, String(value))
  assert.deepEqual(ids, [])
})

/** What Lite posts to the chat of a KoboldCpp that knows templates. */
const jinja = { ...settings, messages: [{ role: 'user', content: 'Hello' }], continue_assistant_turn: true, stream: true }

async function* piecesOf({ body }: Response): AsyncGenerator<string, undefined> {
  yield* body?.pipeThrough(new TextDecoderStream()) ?? []
}

test('a chat without a model goes to the model that is shown, in OpenAI’s words, and is ended by its name', async (t) => {
  const bench = await openBench(t, given)
  bench.upstream.script('*', answer({ tokens: 100_000, everyMs: 2 }))
  const response = await post(bench, '/v1/chat/completions', jinja)
  assert.equal(response.status, 200)
  const pieces = piecesOf(response)
  let text = ''
  while (!text.includes('w2')) text += (await pieces.next()).value ?? ''
  const checked = await post(bench, '/api/extra/generate/check', { genkey: settings.genkey })
  assert.match(JSON.stringify(await checked.json()), /w0 w1 w2/)
  await post(bench, '/api/extra/abort', { genkey: settings.genkey })
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
  for await (const piece of pieces) text += piece
  assert.match(text, /data: \[DONE\]\n\n$/)
  const asked = sentIn(bench)
  assert.deepEqual([asked['model'], asked['max_tokens'], asked['stream']], ['m', 768, true])
  for (const field of ['genkey', 'max_length', 'rep_pen', 'sampler_order', 'top_k', 'memory']) assert.ok(!(field in asked), field)
})
