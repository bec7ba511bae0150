/** The official OpenAI SDK cannot tell the gateway from the provider it was made for, beside chat as well. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { BadRequestError, OpenAI, toFile } from 'openai'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'
import { sound } from './operations/operations.ts'

const model = 'alpha/m'

async function openSdk(t: TestContext): Promise<{ bench: Bench; sdk: OpenAI }> {
  const bench = await openBench(t, { env: { PROXY_API_KEY: keyText('proxy') } })
  return { bench, sdk: new OpenAI({ baseURL: bench.url, apiKey: keyText('proxy'), maxRetries: 0 }) }
}

function events(...data: readonly object[]): { is: 'status'; status: number; headers: Record<string, string>; body: string } {
  const body = data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')
  return { is: 'status', status: 200, headers: { 'content-type': 'text/event-stream' }, body }
}

test('moderations.create', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', { is: 'status', status: 200, body: { id: 'modr', model: 'm', results: [{ flagged: true }] } })
  const { results } = await sdk.moderations.create({ model, input: ['a', 'b'] })
  assert.equal(results[0]?.flagged, true)
  assert.deepEqual(bench.upstream.calls[0]?.json, { model: 'm', input: ['a', 'b'] })
})

test('images.generate, whole and streamed', async (t) => {
  const { bench, sdk } = await openSdk(t)
  const usage = { input_tokens: 8, output_tokens: 4160, total_tokens: 4168, input_tokens_details: { text_tokens: 8, image_tokens: 0 } }
  bench.upstream.script(
    '*',
    { is: 'status', status: 200, body: { created: 1, data: [{ b64_json: 'aGk=' }], usage } },
    events({ type: 'image_generation.partial_image', b64_json: 'aA==' }, { type: 'image_generation.completed', b64_json: 'aGk=', usage }),
  )
  assert.equal((await sdk.images.generate({ model, prompt: 'a cat' })).data?.[0]?.b64_json, 'aGk=')
  const seen: string[] = []
  for await (const event of await sdk.images.generate({ model, prompt: 'a cat', stream: true, partial_images: 1 })) seen.push(event.type)
  assert.deepEqual(seen, ['image_generation.partial_image', 'image_generation.completed'])
})

test('images.edit with several files', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', { is: 'status', status: 200, body: { created: 1, data: [{ b64_json: 'aGk=' }] } })
  const image = await Promise.all(['a.png', 'b.png'].map((name) => toFile(sound, name, { type: 'image/png' })))
  assert.equal((await sdk.images.edit({ model, image, prompt: 'a hat' })).data?.[0]?.b64_json, 'aGk=')
  const [call] = bench.upstream.calls
  assert.equal(call?.model, 'm')
  assert.deepEqual(
    call?.form.filter(({ fileName }) => fileName !== undefined).map(({ fileName, contentType, bytes }) => [fileName, contentType, bytes]),
    [
      ['a.png', 'image/png', sound],
      ['b.png', 'image/png', sound],
    ],
  )
})

test('audio.speech.create', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', { is: 'status', status: 200, headers: { 'content-type': 'audio/mpeg' }, body: sound })
  const response = await sdk.audio.speech.create({ model, voice: 'alloy', input: 'Hello' })
  assert.equal(response.headers.get('content-type'), 'audio/mpeg')
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), sound)
  assert.equal(bench.upstream.calls[0]?.model, 'm')
})

test('audio.transcriptions.create with a file, in JSON, as text, and streamed', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script(
    '*',
    { is: 'status', status: 200, body: { text: 'Grüße.' } },
    { is: 'status', status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Grüße.\n' },
    events({ type: 'transcript.text.delta', delta: 'Grüße.' }, { type: 'transcript.text.done', text: 'Grüße.' }),
  )
  const file = await toFile(sound, 'a.wav')
  assert.equal((await sdk.audio.transcriptions.create({ model, file })).text, 'Grüße.')
  assert.equal(await sdk.audio.transcriptions.create({ model, file, response_format: 'text' }), 'Grüße.\n')
  let text = ''
  for await (const event of await sdk.audio.transcriptions.create({ model, file, stream: true })) {
    if (event.type === 'transcript.text.delta') text += event.delta
  }
  assert.equal(text, 'Grüße.')
  assert.deepEqual(bench.upstream.calls[0]?.form.find(({ name }) => name === 'file')?.bytes, sound)
})

test('audio.translations.create', async (t) => {
  const { bench, sdk } = await openSdk(t)
  bench.upstream.script('*', { is: 'status', status: 200, body: { text: 'Hello.' } })
  assert.equal((await sdk.audio.translations.create({ model, file: await toFile(sound, 'a.wav') })).text, 'Hello.')
})

test('a refusal is a BadRequestError that names the field', async (t) => {
  const { sdk } = await openSdk(t)
  await assert.rejects(sdk.images.generate({ prompt: 'a cat' }), (error) => {
    assert.ok(error instanceof BadRequestError)
    assert.equal(error.param, 'model')
    return true
  })
})
