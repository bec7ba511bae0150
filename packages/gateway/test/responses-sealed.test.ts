/** What only the vendor of a model understands goes through a caller of the Responses API and back unharmed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { asked, eventsIn, openResponses, streamReply, wholeReply } from './responses-bench.ts'

type Json = Record<string, unknown>

function contract(name: string): string {
  return readFileSync(new URL(`contract/anthropic-messages/${name}`, import.meta.url), 'utf8')
}

for (const stream of [false, true]) {
  test(`the signature of a thought comes back to Anthropic as it was, ${stream ? 'streamed' : 'whole'}, sent again or named`, async (t) => {
    const bench = await openResponses(t, { dialect: 'anthropic-messages' })
    const reply = stream ? streamReply(contract('reasoning.stream')) : wholeReply(JSON.parse(contract('reasoning.json')) as object)
    bench.upstream.script('*', reply)
    const text = await (await bench.respond({ stream })).text()
    const response = (stream ? eventsIn(text).at(-1)?.response : JSON.parse(text)) as { id: string; output: Json[] }
    const signature = /"signature":\s*"([^"]+)"/.exec(contract('reasoning.json'))?.[1] ?? ''
    assert.notEqual(signature, '')
    assert.match(String(response.output[0]?.['encrypted_content']), /^kw1\./)
    assert.ok(!text.includes(signature), 'the caller gets it sealed')
    const question = { role: 'user', content: 'And now?' }
    for (const next of [
      { input: [{ role: 'user', content: 'Hello' }, ...response.output, question], store: false },
      { input: [question], previous_response_id: response.id },
    ]) {
      await (await bench.respond({ stream, ...next })).text()
      const { messages } = asked(bench) as { messages: { role: string; content: Json[] }[] }
      const [thought] = messages.find(({ role }) => role === 'assistant')?.content ?? []
      assert.deepEqual(thought, { type: 'thinking', thinking: 'The user greets. I greet back.', signature })
    }
  })
}

test('sealed thinking of another vendor never reaches a provider that would refuse it', async (t) => {
  const bench = await openResponses(t)
  const sealed = `kw1.${Buffer.from(JSON.stringify({ origin: { dialect: 'anthropic-messages', provider: 'x' }, data: 'sig' })).toString('base64url')}`
  const input = [
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: sealed },
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: 'q' },
  ]
  bench.upstream.script('*', { is: 'status', status: 500, body: {} })
  await bench.respond({ input, store: false })
  const sent = bench.upstream.calls[0]?.body.toString() ?? ''
  assert.doesNotMatch(sent, /kw1|"reasoning"/)
  assert.match(sent, /Hi/)
})
