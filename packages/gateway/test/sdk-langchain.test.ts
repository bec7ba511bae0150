/** LangChain's ChatOpenAI over both of OpenAI's dialects, in front of a provider that speaks the chat one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { answer, rateLimited } from '@keywheel/simulator'
import { openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const apiKey = 'proxy-key-0123456789'

async function open(t: TestContext, useResponsesApi: boolean): Promise<{ bench: Bench; model: ChatOpenAI }> {
  const bench = await openBench(t, { env: { PROXY_API_KEY: apiKey } })
  const model = new ChatOpenAI({ model: 'alpha/m', apiKey, useResponsesApi, maxRetries: 0, configuration: { baseURL: bench.url } })
  return { bench, model }
}

const tools = [
  {
    type: 'function' as const,
    function: { name: 'weather', description: 'x', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
]

for (const useResponsesApi of [false, true]) {
  const dialect = useResponsesApi ? 'responses' : 'chat'

  test(`${dialect}: a text, whole and streamed, with usage`, async (t) => {
    const { bench, model } = await open(t, useResponsesApi)
    bench.upstream.script('*', answer({ text: 'one two three' }))
    const whole = await model.invoke('hello')
    assert.equal(whole.text, 'one two three')
    assert.match(JSON.stringify(whole), /"output_tokens":\s*[1-9]/)
    let text = ''
    for await (const chunk of await model.stream('hello')) text += chunk.text
    assert.equal(text, 'one two three')
  })

  test(`${dialect}: a tool loop`, async (t) => {
    const { bench, model } = await open(t, useResponsesApi)
    const calls = [{ id: 'call_abc123', name: 'weather', arguments: '{"city":"Oslo"}' }]
    bench.upstream.script('*', answer({ text: '', toolCalls: calls }), answer({ text: 'Cold.' }))
    const question = new HumanMessage('How is it in Oslo?')
    const first = await model.bindTools(tools).invoke([question])
    assert.deepEqual(
      first.tool_calls?.map(({ name, args }) => ({ name, args: args as unknown })),
      [{ name: 'weather', args: { city: 'Oslo' } }],
    )
    assert.ok(AIMessage.isInstance(first))
    const result = new ToolMessage({ content: '7 °C', tool_call_id: first.tool_calls?.[0]?.id ?? '' })
    assert.equal((await model.bindTools(tools).invoke([question, first, result])).text, 'Cold.')
    assert.match(JSON.stringify(bench.upstream.calls[1]?.json), /"role":"tool".*7 °C/)
  })

  test(`${dialect}: a refusal keeps its status`, async (t) => {
    const { bench, model } = await open(t, useResponsesApi)
    bench.upstream.script('*', rateLimited({ afterSeconds: 600 }))
    await assert.rejects(model.invoke('hello'), { status: 429 })
  })
}

test('embeddings come back as numbers, though they were asked for in base64', async (t) => {
  const bench = await openBench(t, { env: { PROXY_API_KEY: apiKey } })
  bench.upstream.script('*', answer({ embeddings: [[0.5, -0.25, 1]] }))
  const embeddings = new OpenAIEmbeddings({ model: 'alpha/m', apiKey, configuration: { baseURL: bench.url } })
  assert.deepEqual(await embeddings.embedQuery('hello'), [0.5, -0.25, 1])
})
