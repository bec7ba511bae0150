/** Callers that speak Gemini's dialect: in front of a provider of the OpenAI family, and in front of one that speaks the same. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { answer, rateLimited } from '@keywheel/simulator'
import type { ToolCall } from '@keywheel/simulator'
import { signatureFor } from '../src/dialects/gemini-generate/signature.ts'
import { wholeReply, withoutRetries } from './anthropic-stand.ts'
import { bytesReply, eventsIn, partsIn, postGemini, readBroken, textIn } from './gemini-stand.ts'
import type { Json, Told } from './gemini-stand.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const hello = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }
const forms = ['generateContent', 'streamGenerateContent?alt=sse', 'streamGenerateContent'] as const
type Form = (typeof forms)[number]

async function told(response: Response, form: Form): Promise<readonly Told[]> {
  const text = await response.text()
  assert.equal(response.status, 200, text)
  const type = response.headers.get('content-type') ?? ''
  assert.match(type, form === 'streamGenerateContent?alt=sse' ? /^text\/event-stream/ : /^application\/json/)
  if (form === 'streamGenerateContent?alt=sse') return eventsIn(text)
  return [JSON.parse(text) as Told | Told[]].flat()
}

async function asked(bench: Bench, form: Form, body: object = hello): Promise<readonly Told[]> {
  return told(await postGemini(bench, `alpha/m:${form}`, body), form)
}

function sentIn(bench: Bench): Record<string, unknown> {
  return bench.upstream.calls.at(-1)?.json as Record<string, unknown>
}

for (const form of forms) {
  test(`a text comes as ${form} promises, with its counts and its end`, async (t) => {
    const bench = await openBench(t)
    bench.upstream.script('*', answer({ text: 'Good day to you 🧭.', chunkSize: 5 }))
    const answers = await asked(bench, form, { ...hello, generationConfig: { maxOutputTokens: 50 } })
    assert.equal(textIn(answers), 'Good day to you 🧭.')
    const last = answers.at(-1)
    assert.equal(last?.candidates[0].finishReason, 'STOP')
    assert.ok(Number(last?.usageMetadata?.['totalTokenCount']) > 0)
    assert.deepEqual([sentIn(bench)['model'], sentIn(bench)['stream'] ?? false], ['m', form !== 'generateContent'])
    if (form !== 'generateContent') assert.ok(answers.length > 3)
  })

  test(`calls side by side, thinking and signatures come as ${form} promises, and go back`, async (t) => {
    const bench = await openBench(t)
    const toolCalls: ToolCall[] = ['Zürich', '東京'].map((city, at) => ({
      id: `call_${at}`,
      name: 'f',
      arguments: JSON.stringify({ city }),
    }))
    bench.upstream.script('*', answer({ reasoning: 'Both, then.', toolCalls, chunkSize: 3 }))
    const tools = [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] }]
    const config = { generationConfig: { thinkingConfig: { includeThoughts: true } } }
    const parts = partsIn(await asked(bench, form, { ...hello, ...config, tools }))
    const thoughts = parts.flatMap(({ text, thought }) => (thought === true ? [text] : []))
    assert.equal(thoughts.join(''), 'Both, then.')
    const calls = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]))
    assert.deepEqual(
      calls.map(({ args }) => args),
      [{ city: 'Zürich' }, { city: '東京' }],
    )
    const results = calls.map(({ id, name }, at) => ({ functionResponse: { id, name, response: { degrees: at } } }))
    const contents = [...hello.contents, { role: 'model', parts }, { role: 'user', parts: results }]
    await asked(bench, form, { contents, tools })
    const messages = sentIn(bench)['messages'] as Record<string, unknown>[]
    assert.deepEqual(
      messages.slice(-2).map(({ role, tool_call_id: id, content }) => [role, id, content]),
      [
        ['tool', 'call_0', '{"degrees":0}'],
        ['tool', 'call_1', '{"degrees":1}'],
      ],
    )
  })

  test(`an error before the first event is a whole one: ${form}`, async (t) => {
    const bench = await openBench(t, { adjust: withoutRetries })
    bench.upstream.script('*', rateLimited({ afterSeconds: 30 }))
    const response = await postGemini(bench, `alpha/m:${form}`, hello)
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
    const { error } = (await response.json()) as Told
    assert.deepEqual([response.status, error?.code, error?.status], [429, 429, 'RESOURCE_EXHAUSTED'])
    assert.match(JSON.stringify(error?.details), /google\.rpc\.RetryInfo/)
  })
}

const chunk = (content: string): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
const brokenStream = `${chunk('Good')}data: {"error":{"message":"The server had an error","type":"server_error"}}\n\n`

test('an error behind the first event is told in the stream, which then ends unfinished', async (t) => {
  const bench = await openBench(t, { adjust: withoutRetries })
  bench.upstream.script('*', bytesReply(brokenStream, 9))
  const events = await readBroken(await postGemini(bench, 'alpha/m:streamGenerateContent?alt=sse', hello))
  assert.ok(events.brokenOff)
  const [first, second] = eventsIn(events.text)
  assert.deepEqual([first?.candidates[0].content?.parts, second?.error?.code], [[{ text: 'Good' }], 502])
  const array = await readBroken(await postGemini(bench, 'alpha/m:streamGenerateContent', hello))
  assert.ok(array.brokenOff)
  const [good, bad] = JSON.parse(array.text) as Told[]
  assert.deepEqual([good?.candidates[0].content?.parts, bad?.error?.code], [[{ text: 'Good' }], 502])
})

test('a model’s name may hold slashes, as they are or encoded, with Google’s prefix or without, below either version', async (t) => {
  const bench = await openBench(t, { providers: { alpha: { models: ['meta/llama:free'] } } })
  bench.upstream.script('*', answer({ text: 'Hi.' }))
  for (const version of ['v1', 'v1beta']) {
    for (const name of ['alpha/meta/llama:free', 'alpha%2Fmeta%2Fllama:free', 'models/alpha/meta/llama:free']) {
      const response = await fetch(`${bench.origin}/${version}/models/${name}:generateContent`, {
        method: 'POST',
        body: JSON.stringify(hello),
      })
      assert.equal(textIn([(await response.json()) as Told]), 'Hi.', name)
      assert.equal(sentIn(bench)['model'], 'meta/llama:free')
    }
    const shown = await fetch(`${bench.origin}/${version}/models/alpha%2Fmeta%2Fllama:free`)
    assert.partialDeepStrictEqual(
      await shown.json(),
      version === 'v1' ? { id: 'alpha/meta/llama:free' } : { name: 'models/alpha/meta/llama:free' },
    )
  }
})

test('a key in the address opens only Google’s paths, and is never logged', async (t) => {
  const key = keyText('proxy')
  const bench = await openBench(t, { env: { PROXY_API_KEY: key } })
  bench.upstream.script('*', answer({ text: 'Hi.' }))
  const status = async (path: string, init: RequestInit = {}): Promise<number> => (await fetch(bench.origin + path, init)).status
  const post = { method: 'POST', body: JSON.stringify(hello) }
  assert.equal(await status(`/v1beta/models/alpha/m:generateContent?key=${key}`, post), 200)
  assert.equal(await status(`/v1beta/models/alpha/m:streamGenerateContent?alt=sse&key=${key}`, post), 200)
  assert.equal(await status(`/v1beta/models?key=${key}`), 200)
  assert.equal(await status('/v1beta/models/alpha/m:generateContent?key=wrong-0123456789', post), 401)
  assert.equal(await status(`/v1/models?key=${key}`), 401)
  assert.equal(await status(`/v1/models/alpha/m:generateContent?key=${key}`, post), 401)
  assert.ok(bench.log.length > 0)
  assert.doesNotMatch(JSON.stringify(bench.log), new RegExp(key))
})

test('the list of models comes in pages, and in Google’s shape for Google’s clients below either version', async (t) => {
  const bench = await openBench(t, { providers: { alpha: { models: ['a', 'b', 'embed-c'] } } })
  const list = async (
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ models: { name: string }[]; nextPageToken?: string }> =>
    (await (await fetch(bench.origin + path, { headers })).json()) as { models: { name: string }[]; nextPageToken?: string }
  const all = await list('/v1beta/models')
  assert.deepEqual(
    all.models.map(({ name }) => name),
    ['models/alpha/a', 'models/alpha/b', 'models/alpha/embed-c'],
  )
  assert.equal(all.nextPageToken, undefined)
  assert.partialDeepStrictEqual(all.models, [
    { displayName: 'alpha/a', supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'] },
    {},
    { supportedGenerationMethods: ['embedContent', 'batchEmbedContents'] },
  ])
  const first = await list('/v1beta/models?pageSize=2')
  const second = await list(`/v1beta/models?pageSize=2&pageToken=${encodeURIComponent(first.nextPageToken ?? '')}`)
  assert.deepEqual([...first.models, ...second.models], all.models)
  assert.equal(second.nextPageToken, undefined)
  assert.deepEqual(await list('/v1/models', { 'x-goog-api-client': 'google-genai-sdk/3.1.0' }), all)
})

test('what goes wrong on Google’s paths is told in Google’s shape', async (t) => {
  const bench = await openBench(t)
  const errors: readonly (readonly [path: string, init: RequestInit, code: number, status: string])[] = [
    ['/v1beta/models/nobody/m', {}, 404, 'NOT_FOUND'],
    ['/v1beta/nothing', {}, 404, 'NOT_FOUND'],
    ['/v1beta/models?pageSize=x', {}, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models?pageToken=x', {}, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models/alpha/m', { method: 'POST' }, 405, 'UNIMPLEMENTED'],
    ['/v1beta/models/nobody/m:generateContent', { method: 'POST', body: '{"contents":[]}' }, 404, 'NOT_FOUND'],
    ['/v1beta/models/alpha/m:generateContent', { method: 'POST', body: '{' }, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models/alpha/m:generateContent', { method: 'POST', body: '{}' }, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models/alpha/m:countTokens', { method: 'POST', body: '{}' }, 400, 'INVALID_ARGUMENT'],
    ['/v1beta/models/alpha/m:embedContent', { method: 'POST', body: '{}' }, 400, 'INVALID_ARGUMENT'],
  ]
  for (const [path, init, code, status] of errors) {
    const response = await fetch(bench.origin + path, init)
    const { error } = (await response.json()) as Told
    assert.deepEqual([response.status, error?.code, error?.status], [code, code, status], path)
  }
})

test('tokens are counted here for contents and for a whole request', async (t) => {
  const bench = await openBench(t)
  const count = async (body: object): Promise<number> => {
    const { totalTokens } = (await (await postGemini(bench, 'alpha/m:countTokens', body)).json()) as { totalTokens: number }
    return totalTokens
  }
  const few = await count(hello)
  const whole = { model: 'models/alpha/m', ...hello, systemInstruction: { parts: [{ text: 'word '.repeat(50) }] } }
  assert.ok(few > 0 && (await count({ generateContentRequest: whole })) > few + 40)
})

test('one text becomes one vector, and texts of a batch that want different things are not mixed up', async (t) => {
  const bench = await openBench(t)
  const data = [{ object: 'embedding', index: 0, embedding: [0.5, -1] }]
  bench.upstream.script('*', wholeReply({ object: 'list', model: 'm', data, usage: { prompt_tokens: 3, total_tokens: 3 } }))
  const content = { parts: [{ text: 'a' }, { text: 'b' }] }
  const one = await postGemini(bench, 'alpha/m:embedContent', { content, outputDimensionality: 2 })
  assert.partialDeepStrictEqual(await one.json(), { embedding: { values: [0.5, -1] }, usageMetadata: { promptTokenCount: 3 } })
  assert.partialDeepStrictEqual(sentIn(bench), { model: 'm', input: 'a\nb', dimensions: 2 })
  const requests = [{ content }, { content, outputDimensionality: 3 }]
  const mixed = await postGemini(bench, 'alpha/m:batchEmbedContents', { requests })
  assert.equal(mixed.status, 400)
  assert.match(((await mixed.json()) as Told).error?.message ?? '', /same `taskType`/)
})

test('what only Google has is refused by name where it changes the question, and else named as left out', async (t) => {
  const bench = await openBench(t)
  bench.upstream.script('*', answer({ text: 'Hi.' }))
  for (const [field, value] of [
    ['tools', [{ googleSearch: {} }]],
    ['cachedContent', 'cachedContents/1'],
    ['generationConfig', { candidateCount: 2 }],
    ['contents', [{ parts: [{ fileData: { fileUri: 'https://www.youtube.com/watch?v=x' } }] }]],
  ] as const) {
    const response = await postGemini(bench, 'alpha/m:generateContent', { ...hello, [field]: value })
    const { error } = (await response.json()) as Told
    assert.deepEqual([response.status, error?.status], [400, 'INVALID_ARGUMENT'], field)
    assert.ok((error?.message ?? '').length > 20)
  }
  assert.equal(bench.upstream.calls.length, 0)
  const extras = { safetySettings: [{ category: 'X', threshold: 'BLOCK_NONE' }], generationConfig: { topK: 40, mediaResolution: 'LOW' } }
  const response = await postGemini(bench, 'alpha/m:generateContent', { ...hello, ...extras })
  const dropped = response.headers.get('x-keywheel-dropped') ?? ''
  for (const name of ['topK', 'extras.safetySettings', 'extras.generationConfig.mediaResolution'])
    assert.ok(dropped.includes(name), dropped)
})

// In front of a provider that speaks the same.

const sameYaml = `
providers:
  alpha: { base_url: "\${ALPHA_URL}", dialect: gemini-generate, keys: ["${keyText('a')}"] }
`
const recordings = new URL('../../../../shared/fixtures/google/gemini/', import.meta.url)
const skip = existsSync(recordings) ? false : 'the recordings are not here (../shared/fixtures beside the repository)'

test('recorded streams of Google’s go through byte for byte', { skip }, async (t) => {
  const bench = await openBench(t, { yaml: sameYaml })
  for (const name of [
    'thoughts-stream',
    'parallel-tools-thoughts-stream',
    'google-search-grounding-stream',
    'tools-multiturn-signature-stream-t1',
  ]) {
    const bytes = readFileSync(new URL(`${name}/response.sse`, recordings))
    bench.upstream.script('*', bytesReply(bytes, 777))
    const response = await postGemini(bench, 'alpha/m:streamGenerateContent?alt=sse', hello)
    assert.equal((await response.text()).trimEnd(), bytes.toString().trimEnd(), name)
    assert.deepEqual(sentIn(bench), hello)
  }
})

test('a whole answer goes through as it came, and so does the request', { skip }, async (t) => {
  const bench = await openBench(t, { yaml: sameYaml })
  const bytes = readFileSync(new URL('parallel-tools-nonstream/response.json', recordings))
  bench.upstream.script('*', wholeReply(bytes.toString()))
  const body = '{ "contents" : [{"parts":[{"text":"hi"}]}], "futureField": [1] }'
  const response = await fetch(`${bench.origin}/v1beta/models/alpha/m:generateContent`, { method: 'POST', body })
  assert.equal(await response.text(), bytes.toString())
  const call = bench.upstream.calls.at(-1)
  assert.equal(call?.body.toString(), body)
  assert.match(call?.path ?? '', /\/models\/m:generateContent$/)
  assert.equal(call?.headers['x-goog-api-key'], keyText('a'))
})

test('counts and vectors of such a provider go through, with its own name of the model inside', async (t) => {
  const bench = await openBench(t, { yaml: sameYaml })
  bench.upstream.script('*', wholeReply({ totalTokens: 17, promptTokensDetails: [] }))
  const request = { model: 'models/alpha/m', ...hello }
  const counted = await postGemini(bench, 'alpha/m:countTokens', { generateContentRequest: request })
  assert.deepEqual(await counted.json(), { totalTokens: 17, promptTokensDetails: [] })
  assert.deepEqual(sentIn(bench), { generateContentRequest: { ...request, model: 'models/m' } })
  bench.upstream.script('*', wholeReply({ embeddings: [{ values: [1] }, { values: [2] }] }))
  const content = { parts: [{ text: 'a' }] }
  const named = (name: string): Json[] => [
    { model: name, content },
    { model: name, content, taskType: 'CLUSTERING' },
  ]
  const embedded = await postGemini(bench, 'alpha/m:batchEmbedContents', { requests: named('models/alpha/m') })
  assert.deepEqual(await embedded.json(), { embeddings: [{ values: [1] }, { values: [2] }] })
  assert.deepEqual(sentIn(bench), { requests: named('models/m') })
})

test('one text for such a provider is asked for as a batch of one, and comes back alone', async (t) => {
  const bench = await openBench(t, { yaml: sameYaml })
  bench.upstream.script('*', wholeReply({ embeddings: [{ values: [1] }] }))
  const content = { parts: [{ text: 'a' }] }
  const response = await postGemini(bench, 'alpha/m:embedContent', { content, taskType: 'RETRIEVAL_QUERY', title: 'T' })
  assert.deepEqual(await response.json(), { embedding: { values: [1] } })
  assert.deepEqual(sentIn(bench), { requests: [{ model: 'models/m', content, taskType: 'RETRIEVAL_QUERY', title: 'T' }] })
})

const call = (name: string, thoughtSignature: string): Json => ({ functionCall: { name, args: {} }, thoughtSignature })
const result = (name: string): Json => ({ functionResponse: { name, response: { output: 'ok' } } })

test('a signature of another vendor’s, sealed here, is not shown to Google; its own is, as it was', async (t) => {
  const bench = await openBench(t, { yaml: sameYaml })
  const done = { content: { role: 'model', parts: [{ text: 'Done.' }] }, finishReason: 'STOP' }
  bench.upstream.script('*', wholeReply({ candidates: [done] }))
  const sealed = signatureFor({ origin: { dialect: 'anthropic-messages', provider: 'anthropic' }, data: 'EqQBCkYI' })
  const own = signatureFor({ origin: { dialect: 'gemini-generate', provider: 'gemini' }, data: 'CvcQAb4=' })
  const turns = [
    { role: 'model', parts: [call('f', sealed)] },
    { role: 'user', parts: [result('f')] },
    { role: 'model', parts: [call('g', own)] },
    { role: 'user', parts: [result('g')] },
  ]
  const response = await postGemini(bench, 'alpha/m:generateContent', { contents: [...hello.contents, ...turns] })
  assert.equal(response.status, 200, await response.clone().text())
  assert.equal(textIn([(await response.json()) as Told]), 'Done.')
  const sent = bench.upstream.calls.at(-1)?.body.toString() ?? ''
  assert.doesNotMatch(sent, /a3cxLmV5|kw1\.|EqQBCkYI/)
  assert.match(sent, /"thoughtSignature":"CvcQAb4="/)
})
