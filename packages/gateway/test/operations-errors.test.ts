/** What a caller is told, in OpenAI's shape, when a request beside chat cannot be carried out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badRequest, rateLimited } from '@keywheel/simulator'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'
import { asked, cases, form, formHeaders, sound } from './operations/operations.ts'

interface Told {
  readonly status: number
  readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string | null }
}

async function ask(bench: Bench, path: string, body: object | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
  const response = await fetch(`${bench.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
  })
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  const { error } = (await response.json()) as { error: Told['error'] }
  return { status: response.status, error }
}

const file = { name: 'file', value: sound, fileName: 'a.wav' }
const model = { name: 'model', value: 'alpha/m' }

for (const path of ['/v1/moderations', '/v1/images/generations', '/v1/audio/speech', '/v1/rerank', '/v2/rerank', '/v1/embeddings']) {
  test(`POST ${path} without a model, or with no JSON, is told so`, async (t) => {
    const bench = await openBench(t)
    const { status, error } = await ask(bench, path, { input: 'x' })
    assert.deepEqual([status, error.type, error.param], [400, 'invalid_request_error', 'model'])
    assert.match(error.message, /`model` is missing/)
    assert.deepEqual((await ask(bench, path, Buffer.from('{'))).error.code, 'invalid_json')
    assert.deepEqual((await ask(bench, path, { model: 'nowhere/x', input: 'x' })).status, 404)
    assert.equal(bench.upstream.calls.length, 0)
  })
}

for (const [path, needed] of [
  ['/v1/audio/transcriptions', 'file'],
  ['/v1/audio/translations', 'file'],
  ['/v1/images/edits', 'image'],
] as const) {
  test(`POST ${path} with a form that lacks something is told what`, async (t) => {
    const bench = await openBench(t)
    const upload = { ...file, name: needed }
    for (const [body, headers, status, param, says] of [
      [form(upload), formHeaders, 400, 'model', /`model` is missing/],
      [form(model), formHeaders, 400, needed, new RegExp(`\`${needed}\` is missing`)],
      [form(model, model, upload), formHeaders, 400, 'model', /given twice/],
      [form(model, upload).subarray(0, 5000), formHeaders, 400, null, /Invalid multipart\/form-data: the body ends before/],
      [form(model, upload), { 'content-type': 'multipart/form-data' }, 400, null, /no usable boundary/],
      [form(model, upload), { 'content-type': `${formHeaders['content-type']}x` }, 400, null, /boundary of the content type is not in/],
      [Buffer.from('model=alpha%2Fm'), { 'content-type': 'application/x-www-form-urlencoded' }, 415, null, /multipart\/form-data/],
    ] as const) {
      const told = await ask(bench, path, body, headers)
      assert.deepEqual([told.status, told.error.type, told.error.param], [status, 'invalid_request_error', param])
      assert.match(told.error.message, says)
    }
    assert.equal(bench.upstream.calls.length, 0)
  })
}

test('an upload that is too large is told the limit', async (t) => {
  const bench = await openBench(t, {
    yaml: 'server: { max_body_bytes: 50000 }\nproviders: { alpha: { base_url: "${ALPHA_URL}", keys: [key-a-0123456789abcdef] } }',
  })
  const { status, error } = await ask(bench, '/v1/audio/transcriptions', form(model, file), formHeaders)
  assert.deepEqual([status, error.code], [413, 'request_too_large'])
})

for (const one of cases) {
  test(`POST ${one.path}: what a provider has against the request is told in its words, and keys that are out in a table`, async (t) => {
    const bench = await openBench(t)
    const { body, headers } = asked(one, 'alpha/m')
    bench.upstream.script('*', badRequest('Odd request.'))
    const refused = await ask(bench, one.path, body as Buffer, headers)
    assert.deepEqual([refused.status, refused.error.message], [400, 'Odd request.'])
    bench.upstream.script('*', rateLimited({ afterSeconds: 120 }))
    const out = await ask(bench, one.path, body as Buffer, headers)
    assert.deepEqual([out.status, out.error.type], [429, 'proxy_all_credentials_exhausted'])
    assert.deepEqual((await bench.rows()).map(({ end, status }) => `${end} ${status}`).toSorted(), ['failed 400', 'failed 429'])
  })
}

test('a provider that does not offer an operation is not asked for it', async (t) => {
  const bench = await openBench(t, { env: { DEEPSEEK_API_KEY: 'key-deepseek-0123456789abcdef' } })
  const { status, error } = await ask(bench, '/v1/rerank', { model: 'deepseek/deepseek-v4-pro', query: 'q', documents: ['a'] })
  assert.equal(status, 400)
  assert.match(error.message, /DeepSeek/)
})
