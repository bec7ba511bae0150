/** What is refused before any provider is asked, and what travels on although we do not know it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, errorIn } from './edge/read.ts'
import type { ErrorBody } from './edge/read.ts'
import { hello, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

/** Sends this text as a chat request. */
function post(bench: Bench, body: string | Buffer, path = '/chat/completions'): Promise<Response> {
  return fetch(bench.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
}

/** The error of a request that must be refused with 400 without any provider being asked. */
async function refusalOf(bench: Bench, body: string | Buffer): Promise<ErrorBody> {
  const asked = bench.upstream.calls.length
  const answer = await post(bench, body)
  const text = await answer.text()
  assert.equal(answer.status, 400, text)
  assert.equal(bench.upstream.calls.length, asked)
  return errorIn(text)
}

function chat(fields: object): string {
  return JSON.stringify({ model: 'alpha/m', ...hello, ...fields })
}

/** A chat with this raw JSON text as the value of a field, for what JSON.stringify cannot write. */
function chatWith(field: string, value: string): string {
  return `{"model":"alpha/m","messages":[],"${field}":${value}}`
}

/** A chat that nests so deep, the outer object counted. */
function arrays(depth: number): string {
  return chatWith('extra', '['.repeat(depth - 1) + ']'.repeat(depth - 1))
}

function objects(depth: number): string {
  return chatWith('extra', `${'{"a":'.repeat(depth - 1)}1${'}'.repeat(depth - 1)}`)
}

for (const field of ['max_tokens', 'max_completion_tokens'] as const) {
  test(`${field} of a model nobody knows is accepted up to 32768`, async (t) => {
    const bench = await openBench(t)
    for (const value of [1, 768, 32_768]) assert.equal((await post(bench, chat({ [field]: value }))).status, 200)
    assert.deepEqual(
      bench.upstream.calls.map(({ json }) => at(json, field)),
      [1, 768, 32_768],
    )
    const { param, type, message } = await refusalOf(bench, chat({ [field]: 32_769 }))
    assert.deepEqual([param, type], [field, 'invalid_request_error'])
    assert.match(message, /32768/)
  })

  test(`${field} must be a whole number of at least 1`, async (t) => {
    const bench = await openBench(t)
    for (const value of ['-1', '0', '"abc"', '"5"', '1.5', '1e400', 'true', '[]', '{}', '-0']) {
      const { param, type } = await refusalOf(bench, chatWith(field, value))
      assert.deepEqual([param, type], [field, 'invalid_request_error'], value)
    }
    assert.deepEqual(await bench.rows(), [])
  })

  test(`${field} may be null or absent, and no value is invented`, async (t) => {
    const bench = await openBench(t)
    assert.equal((await post(bench, chatWith(field, 'null'))).status, 200)
    assert.equal((await post(bench, chat({}))).status, 200)
    const [asNull, absent] = bench.upstream.calls.map(({ json }) => json)
    assert.equal(at(asNull, field), null)
    assert.equal(Object.hasOwn(absent as object, field), false)
  })
}

test('the owner’s limit replaces the usual one, and counts for text completions too', async (t) => {
  const bench = await openBench(t, { env: { MAX_TOKENS_LIMIT: '100' } })
  assert.equal((await post(bench, chat({ max_tokens: 100 }))).status, 200)
  assert.equal((await refusalOf(bench, chat({ max_tokens: 101 }))).param, 'max_tokens')
  const complete = (limit: number): Promise<Response> =>
    post(bench, JSON.stringify({ model: 'alpha/m', prompt: 'x', max_tokens: limit }), '/completions')
  assert.equal((await complete(100)).status, 200)
  assert.equal((await complete(101)).status, 400)
})

const chain = `
providers:
  openai: { base_url: "\${OPENAI_URL}", keys: ["key-a-0123456789abcdef"] }
virtual_models:
  long:
    fallback_chain:
      - { provider: openai, model: gpt-4o, priority: 1 }
      - { provider: openai, model: gpt-4.1, priority: 2 }
`

test('a target with a smaller limit is asked for its own limit, and the answer says so', async (t) => {
  const bench = await openBench(t, { yaml: chain, providers: { openai: {} } })
  const ask = (model: string, limit: number): Promise<Response> => post(bench, chat({ model, max_tokens: limit }))
  const lowered = await ask('long', 32_768)
  assert.equal(lowered.status, 200)
  assert.equal(lowered.headers.get('x-keywheel-max-tokens'), '16384')
  assert.equal(at(bench.upstream.calls[0]?.json, 'max_tokens'), 16_384)
  const asAsked = await ask('long', 16_384)
  assert.equal(asAsked.headers.get('x-keywheel-max-tokens'), null)
  assert.equal((await ask('long', 32_769)).status, 400)
  assert.equal((await ask('openai/gpt-4o', 16_385)).status, 400)
})

test('JSON may nest 64 deep and not deeper', async (t) => {
  const bench = await openBench(t)
  assert.equal((await post(bench, arrays(64))).status, 200)
  assert.match((await refusalOf(bench, arrays(65))).message, /deeper than 64/)
  assert.equal((await post(bench, objects(64))).status, 200)
  assert.match((await refusalOf(bench, objects(65))).message, /deeper than 64/)
})

test('200,000 nested arrays are refused as quickly as anything else', async (t) => {
  const bench = await openBench(t)
  const startedAt = performance.now()
  await refusalOf(bench, chatWith('extra', '['.repeat(200_000) + ']'.repeat(200_000)))
  await refusalOf(bench, '['.repeat(200_000))
  await refusalOf(bench, '{"a":'.repeat(200_000))
  assert.ok(performance.now() - startedAt < 1000)
})

test('a body with more fields than anybody means is refused', async (t) => {
  const bench = await openBench(t)
  const many = Array.from({ length: 10_001 }, (_, index) => `"f${index}":1`).join(',')
  assert.match((await refusalOf(bench, `{"model":"alpha/m",${many}}`)).message, /more than 10000 fields/)
})

test('`__proto__` and its kin travel on as fields and change nothing here', async (t) => {
  const bench = await openBench(t)
  const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"model":"alpha/m","messages":[],"stream":false}'
  assert.equal((await post(bench, body)).status, 200)
  assert.equal(bench.upstream.calls[0]?.body.toString(), body.replace('alpha/m', 'm'))
  assert.equal(Reflect.get({}, 'polluted'), undefined)
  const streamed = '{"stream_options":{"__proto__":{"polluted":1}},"model":"alpha/m","messages":[],"stream":true}'
  await (await post(bench, streamed)).text()
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

const malformed: readonly (readonly [body: string | Buffer, says: RegExp])[] = [
  ['', /no body/],
  ['   ', /byte 3/],
  ['not json', /byte 0/],
  ['[]', /must be a JSON object.*byte 0/],
  ['"text"', /must be a JSON object/],
  ['null', /must be a JSON object/],
  ['{"model":"alpha/m",}', /byte 19/],
  ['{"model":"alpha/m"', /byte 18/],
  ['{"model":"alpha/m"}}', /byte 19/],
  ['{"model":"alpha/m"} {"model":"b"}', /byte 20/],
  ["{'model':'alpha/m'}", /byte 1/],
  ['{"model":alpha}', /byte 9/],
  ['{"model":"alpha/m","n":01}', /byte 23/],
  ['{"model":"alpha/m","n":NaN}', /byte 23/],
  ['{"model":"alpha/m","text":"a\nb"}', /control character.*byte 28/],
  ['\uFEFF{"model":"alpha/m"}', /byte 0/],
  [Buffer.from('{"model":"alpha/m"}', 'utf16le'), /byte 1/],
]

test('what is no JSON object is refused with the place where it stops being one', async (t) => {
  const bench = await openBench(t)
  for (const [body, says] of malformed) {
    const { message, type } = await refusalOf(bench, body)
    assert.match(message, says, JSON.stringify(body.toString()))
    assert.equal(type, 'invalid_request_error')
  }
})

const unclearModels: Readonly<Record<string, string>> = {
  missing: '{"messages":[]}',
  null: '{"model":null}',
  'a number': '{"model":5}',
  'a list': '{"model":["alpha/m"]}',
  empty: '{"model":""}',
  blank: '{"model":"  "}',
  'given twice': '{"model":"alpha/m","model":"alpha/x"}',
  'given twice in other spelling': '{"model":"alpha/m","mod\\u0065l":"alpha/x"}',
}

test('the model must be one text', async (t) => {
  const bench = await openBench(t)
  for (const [name, body] of Object.entries(unclearModels)) {
    await t.test(name, async () => assert.equal((await refusalOf(bench, body)).param, 'model'))
  }
})

test('other fields that decide something may not be given twice either', async (t) => {
  const bench = await openBench(t)
  for (const field of ['stream', 'stream_options', 'max_tokens', 'max_completion_tokens']) {
    const { param } = await refusalOf(bench, `{"model":"alpha/m","${field}":null,"${field}":null}`)
    assert.equal(param, field)
  }
})

test('fields that nobody knows travel on untouched, and in their order', async (t) => {
  const bench = await openBench(t)
  const body =
    '{ "zeta" : 1.0, "model": "alpha/m" ,"n":1,"rep_pen":1.10,"sampler_order":[6,0,1],"big":12345678901234567890, "ä\\u00e9":"\\ud83d\\ude00","messages":[{"role":"user","content":null,"cache_control":{"type":"ephemeral"}}]}\n'
  assert.equal((await post(bench, body)).status, 200)
  assert.equal(bench.upstream.calls[0]?.body.toString(), body.replace('alpha/m', 'm'))
})

test('a model that does not exist gets a 404 with the nearest names', async (t) => {
  const bench = await openBench(t, { providers: { alpha: { models: ['llama-3.3-70b', 'whisper-large'] } } })
  await (await fetch(`${bench.url}/models`)).text()
  const ask = async (model: string): Promise<ErrorBody> => {
    const answer = await post(bench, chat({ model }))
    assert.equal(answer.status, 404)
    return errorIn(await answer.text())
  }
  const misspelt = await ask('lama-3.3-70b')
  assert.deepEqual([misspelt.param, misspelt.code, misspelt.type], ['model', 'model_not_found', 'invalid_request_error'])
  assert.match(misspelt.message, /Did you mean alpha\/llama-3\.3-70b/)
  assert.match((await ask('llama-3.3-70b')).message, /alpha\/llama-3\.3-70b/)
  assert.match((await ask('nowhere/m')).message, /no provider called nowhere/)
  assert.match((await ask('groq/llama-3.3-70b-versatile')).message, /GROQ_API_KEY/)
  assert.match((await ask('coding-elite')).message, /needs a key/)
  assert.ok((await ask('x'.repeat(100_000))).message.length < 1000)
  assert.equal(bench.upstream.calls.filter(({ method }) => method === 'POST').length, 0)
})
