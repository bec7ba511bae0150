import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureReasons } from '@keywheel/keyring'
import { clientStatus, RefusedCall } from '../../domain/failure.ts'
import type { ProviderFailure } from '../../domain/failure.ts'
import { openAiChat } from '../openai-chat/index.ts'
import { openAiCompletions } from '../openai-completions/index.ts'
import { openAiEmbeddings } from '../openai-embeddings/index.ts'
import { openAiErrors } from './failure.ts'

const dialects = [openAiChat, openAiCompletions, openAiEmbeddings]

function bodyOf(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString())
}

for (const reason of failureReasons) {
  test(`${reason}: an error at top level, with its status, type and code`, () => {
    const { type, code } = openAiErrors[reason]
    for (const dialect of dialects) {
      const whole = dialect.writeFailure(new RefusedCall({ reason, message: 'Why: "x"\n', sent: 'no' }), 'id')
      assert.equal(whole.status, clientStatus[reason])
      assert.deepEqual(bodyOf(whole.body), { error: { message: 'Why: "x"\n', type, param: null, code } })
    }
  })

  test(`${reason}: in a stream, one data line and no [DONE]`, () => {
    const { type, code } = openAiErrors[reason]
    for (const dialect of dialects) {
      const event = dialect.writeStreamFailure({ reason, message: 'Why\n\r\u2028', sent: 'yes' }).toString()
      assert.match(event, /^data: [^\n\r]+\n\n$/)
      assert.doesNotMatch(event, /\[DONE\]|finish_reason|[\u2028\u2029\u0085]/)
      assert.deepEqual(JSON.parse(event.slice(6)), { error: { message: 'Why\n\r\u2028', type, param: null, code } })
    }
  })
}

test('no failure of a provider looks like a failure of the caller’s key', () => {
  for (const reason of failureReasons) assert.equal(clientStatus[reason] === 401, reason === 'unauthorized')
})

test('details of a refusal go beside its message', () => {
  const refusal = new RefusedCall(
    { reason: 'nobody-fit', message: 'All failed.', sent: 'yes' },
    { type: 't', code: 'c', param: 'p', status: 418, details: { n: 1 } },
  )
  const { status, body } = openAiChat.writeFailure(refusal, 'id')
  assert.equal(status, 418)
  assert.deepEqual(bodyOf(body), { error: { message: 'All failed.', type: 't', param: 'p', code: 'c', details: { n: 1 } } })
})

test('a provider’s own words go to the caller where the request is at fault, and only there', () => {
  const told = { type: 'their_type', code: 'their_code', param: 'messages' }
  for (const [reason, theirs] of [
    ['bad-request', true],
    ['context-too-long', true],
    ['key-rejected', false],
    ['rate-limited', false],
  ] as const) {
    const failure: ProviderFailure = { reason, message: 'x', sent: 'yes', told }
    const { type, code } = theirs ? told : openAiErrors[reason]
    const param = theirs ? 'messages' : null
    assert.deepEqual(bodyOf(openAiChat.writeFailure(new RefusedCall(failure), 'id').body), {
      error: { message: 'x', type, param, code },
    })
  }
})
