/** The same faults as a program sees them that uses the official `@anthropic-ai/sdk` package. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic, { APIError, BadRequestError, InternalServerError, RateLimitError } from '@anthropic-ai/sdk'
import { answer, faults } from '@keywheel/simulator'
import { leaves } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { until } from './faults/until.ts'
import { openWay, speeches, straight, suits, vendors } from './faults/ways.ts'

const asked = { max_tokens: 100, messages: [{ role: 'user' as const, content: 'hello' }] }

function sdkFor(stand: Stand): Anthropic {
  return new Anthropic({ baseURL: stand.origin, apiKey: 'any', maxRetries: 0 })
}

/** Whole or streamed, as text. */
async function textFrom(stand: Stand, stream: boolean, model = 'chain'): Promise<string> {
  const { messages } = sdkFor(stand)
  const { content } = await (stream ? messages.stream({ model, ...asked }).finalMessage() : messages.create({ model, ...asked }))
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

/** One of each kind that the SDK must not notice: the next provider answers. */
for (const id of ['F12', 'F18', 'F23', 'F26', 'F30', 'F50'] as const) {
  test(`${id} ${faults[id].title}: the SDK reads the next provider’s answer and notices nothing`, async (t) => {
    const fault = faults[id]
    const stand = await openWay(t, straight('anthropic'), { settings: 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }' })
    stand.beta.script('*', answer({ text: 'from beta' }))
    for (const stream of [false, true]) {
      const variant = fault.variants.find((each) => suits(fault.on(each), straight('anthropic', stream)))
      if (variant === undefined) continue
      stand.alpha.script('*', fault.reply({ variant, speech: 'anthropic' }))
      assert.equal(await textFrom(stand, stream), 'from beta')
      stand.clock.advance(600_000)
    }
  })
}

/** What the SDK raises where there is nobody else. Its own classes go by the status. */
const raised = [
  ['F56', 'cooling', RateLimitError, 'rate_limit_error'],
  ['F57', 'status-529', InternalServerError, 'overloaded_error'],
  ['F58', 'status-401', InternalServerError, 'api_error'],
  ['F59', 'content-policy', BadRequestError, 'invalid_request_error'],
  ['F59', 'context-length', BadRequestError, 'invalid_request_error'],
] as const

for (const [id, variant, Raised, type] of raised) {
  for (const provider of speeches) {
    test(`${id} the SDK raises ${Raised.name} of type ${type} (${variant}), ${vendors[provider]} provider`, async (t) => {
      const stand = await openWay(t, { client: 'anthropic', provider, stream: false }, { settings: 'retry: { max_wait_ms: 0 }' })
      stand.alpha.script('*', faults[id].reply({ variant, speech: provider }))
      for (const stream of [false, true]) {
        await assert.rejects(textFrom(stand, stream, 'alpha/m'), (error) => {
          assert.ok(error instanceof Raised && error instanceof APIError)
          assert.equal(error.type, type)
          assert.equal(error.headers?.has('retry-after'), id !== 'F59')
          return true
        })
      }
    })
  }
}

for (const provider of speeches) {
  test(`F61 a stream that the SDK aborts is let go by the provider, ${vendors[provider]} provider`, async (t) => {
    const stand = await openWay(t, { client: 'anthropic', provider, stream: true })
    stand.alpha.script('*', answer({ tokens: 1000, everyMs: 10_000 }))
    const stream = sdkFor(stand).messages.stream({ model: 'chain', ...asked })
    const call = await stand.alpha.seen(1)
    await firstText(stand, stream)
    stream.abort()
    assert.equal(await call.done, 'client-closed')
    await leaves(stand, 'cancelled 499 cancelled')
  })
}

/** Moves the clock on until the provider's first word has come. */
async function firstText(stand: Stand, stream: ReturnType<Anthropic['messages']['stream']>): Promise<void> {
  let text = ''
  stream.on('text', (piece: string) => (text += piece))
  // Without listeners the SDK would reject a promise that nobody has.
  stream.on('error', () => undefined).on('abort', () => undefined)
  await until(() => {
    if (text === '') stand.clock.advance(1000)
    return text !== ''
  })
}
