/** Vercel's AI SDK with its openai, anthropic and openai-compatible providers, each in front of a provider that speaks OpenAI's chat dialect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import type { LanguageModel } from 'ai'
import { answer, faults, rateLimited } from '@keywheel/simulator'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

type Open = (baseURL: string, apiKey: string) => LanguageModel

const clients: Readonly<Record<string, Open>> = {
  'openai (responses)': (baseURL, apiKey) => createOpenAI({ baseURL, apiKey }).responses('alpha/m'),
  'openai (chat)': (baseURL, apiKey) => createOpenAI({ baseURL, apiKey }).chat('alpha/m'),
  anthropic: (baseURL, apiKey) => createAnthropic({ baseURL, apiKey })('alpha/m'),
  'openai-compatible': (baseURL, apiKey) => createOpenAICompatible({ name: 'keywheel', baseURL, apiKey, includeUsage: true })('alpha/m'),
}

interface Stand {
  readonly bench: Bench
  readonly model: LanguageModel
}

async function open(t: TestContext, client: Open): Promise<Stand> {
  const bench = await openBench(t, { env: { PROXY_API_KEY: 'proxy-key-0123456789' } })
  return { bench, model: client(bench.url, 'proxy-key-0123456789') }
}

const weather = tool({
  description: 'The weather of a city',
  inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
  execute: ({ city }) => Promise.resolve(`7 °C in ${city}`),
})

for (const [name, client] of Object.entries(clients)) {
  test(`${name}: a text, whole, with its usage`, async (t) => {
    const { bench, model } = await open(t, client)
    bench.upstream.script('*', answer({ text: 'Grüße 👋🏽' }))
    const { text, finishReason, usage } = await generateText({ model, prompt: 'hello', maxOutputTokens: 100 })
    assert.equal(text, 'Grüße 👋🏽')
    assert.equal(finishReason, 'stop')
    assert.ok((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0)
  })

  test(`${name}: a text, streamed`, async (t) => {
    const { bench, model } = await open(t, client)
    bench.upstream.script('*', answer({ text: 'one two three', chunkSize: 5 }))
    const result = streamText({ model, prompt: 'hello', maxOutputTokens: 100 })
    let text = ''
    for await (const piece of result.textStream) text += piece
    assert.equal(text, 'one two three')
    assert.equal(await result.finishReason, 'stop')
    assert.ok(((await result.usage).outputTokens ?? 0) > 0)
  })

  test(`${name}: a tool loop to its end`, async (t) => {
    const { bench, model } = await open(t, client)
    const calls = [{ id: 'call_abc123', name: 'weather', arguments: '{"city":"Oslo"}' }]
    bench.upstream.script('*', answer({ text: 'Let me look.', toolCalls: calls }), answer({ text: 'It is cold.' }))
    const { text, steps } = await generateText({
      model,
      prompt: 'How is it in Oslo?',
      tools: { weather },
      stopWhen: stepCountIs(3),
      maxOutputTokens: 100,
    })
    assert.equal(text, 'It is cold.')
    assert.deepEqual(
      steps[0]?.toolCalls.map(({ toolName, input }) => ({ toolName, input })),
      [{ toolName: 'weather', input: { city: 'Oslo' } }],
    )
    assert.match(JSON.stringify(bench.upstream.calls[1]?.json), /"role":"tool".*7 °C in Oslo/)
  })

  test(`${name}: a refusal is an APICallError with the status and the gateway's words`, async (t) => {
    const { bench, model } = await open(t, client)
    bench.upstream.script('*', rateLimited({ afterSeconds: 600 }))
    const asked = generateText({ model, prompt: 'hello', maxRetries: 0, maxOutputTokens: 100 })
    await assert.rejects(asked, (error: unknown) => {
      assert.ok(APICallError.isInstance(error))
      assert.equal(error.statusCode, 429)
      assert.match(error.message, /alpha\/m/)
      return true
    })
  })

  test(`${name}: a stream that breaks off is an error, and what came before stays`, async (t) => {
    const { bench, model } = await open(t, client)
    bench.upstream.script('*', faults.F35.reply({ events: 5 }))
    const errors: unknown[] = []
    const result = streamText({
      model,
      prompt: 'hello',
      maxRetries: 0,
      maxOutputTokens: 100,
      onError: ({ error }) => void errors.push(error),
    })
    let text = ''
    try {
      for await (const piece of result.textStream) text += piece
    } catch (error) {
      errors.push(error)
    }
    assert.ok(errors.length > 0)
    assert.notEqual(text, '')
  })
}
