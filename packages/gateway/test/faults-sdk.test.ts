/** The same faults as a program sees them that uses the official `openai` package. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI, { APIError, BadRequestError, InternalServerError, RateLimitError } from 'openai'
import { answer, faults } from '@keywheel/simulator'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

function sdkFor(stand: Stand): OpenAI {
  return new OpenAI({ baseURL: stand.url, apiKey: 'any', maxRetries: 0 })
}

/** The text that arrives, and the error that ends it. */
async function streamed(stand: Stand): Promise<{ text: string; error: unknown }> {
  let text = ''
  try {
    const stream = await sdkFor(stand).chat.completions.create({ model: 'chain', messages, stream: true })
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    return { text, error: undefined }
  } catch (error) {
    return { text, error }
  }
}

for (const id of ['F35', 'F36', 'F38'] as const) {
  for (const variant of faults[id].variants) {
    test(`${id} the SDK raises an error behind the content (${variant})`, async (t) => {
      const stand = await openStand(t)
      stand.alpha.script('*', faults[id].reply({ variant }))
      const { text, error } = await streamed(stand)
      assert.equal(text, 'The quick brown')
      assert.ok(error instanceof APIError)
      assert.equal(error.type, 'server_error')
      assert.equal(stand.alpha.calls.length, 1)
    })
  }
}

for (const [id, variant] of [
  ['F37', 'overloaded'],
  ['F39', 'chunked'],
  ['F40', 'chunked'],
  ['F44', 'crlf'],
  ['F48', 'garbage'],
] as const) {
  test(`${id} the SDK reads a whole stream (${variant})`, async (t) => {
    const stand = await openStand(t)
    stand.alpha.script('*', faults[id].reply({ variant, text: 'all of it' }))
    stand.beta.script('*', answer({ text: 'all of it' }))
    assert.deepEqual(await streamed(stand), { text: 'all of it', error: undefined })
    stand.clock.advance(1000)
    await leaves(stand, `answered 200 ${id === 'F39' ? 'inferred' : 'seen'}`)
  })
}

for (const [id, variant, Raised, code] of [
  ['F56', 'cooling', RateLimitError, 'rate_limit_exceeded'],
  ['F59', 'content-policy', BadRequestError, 'content_policy_violation'],
  ['F58', 'status-401', InternalServerError, 'provider_key_rejected'],
] as const) {
  test(`${id} the SDK raises ${Raised.name} with code ${code}`, async (t) => {
    const stand = await openStand(t, { settings: 'retry: { max_wait_ms: 0 }' })
    stand.alpha.script('*', faults[id].reply({ variant }))
    const asking = sdkFor(stand).chat.completions.create({ model: 'alpha/m', messages })
    await assert.rejects(asking, (error) => error instanceof Raised && error.code === code)
  })
}

test('F61 a stream that the SDK aborts is let go by the provider', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F41.reply())
  const stream = await sdkFor(stand).chat.completions.create({ model: 'chain', messages, stream: true })
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content === ' brown') break
  assert.equal(await stand.alpha.calls[0]?.done, 'client-closed')
  await leaves(stand, 'cancelled 499 cancelled')
})
