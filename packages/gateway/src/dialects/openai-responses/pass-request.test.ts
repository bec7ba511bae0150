import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestChanges } from '../dialect.ts'
import { bareAsk } from '../dialect.ts'
import { mendRequest } from './mend-request.ts'
import { passResponsesRequest } from './pass-request.ts'
import { sketchResponses } from './sketch.ts'
import { lastEncrypted, referencesIn, withItems, withReferences } from './stored.ts'

const same: RequestChanges = { model: 'm', removed: [], renamed: {}, defaults: {} }

function passed(body: string, changes: Partial<RequestChanges> = {}): string {
  return passResponsesRequest(sketchResponses(Buffer.from(body), bareAsk), { ...same, ...changes }).toString()
}

test('a caller that keeps its conversation itself sends its own bytes', () => {
  const bytes = Buffer.from('{ "store":false,"model" : "m", "input":"x", "unknown": 1.0 }')
  assert.equal(passResponsesRequest(sketchResponses(bytes, bareAsk), same), bytes)
  assert.equal(passed(bytes.toString(), { model: 'n' }), bytes.toString().replace('"m"', '"n"'))
})

test('whatever is kept is kept here: the provider is asked to keep nothing, and for thinking that can go back', () => {
  assert.deepEqual(JSON.parse(passed('{"model":"m","input":"x"}')), {
    store: false,
    include: ['reasoning.encrypted_content'],
    model: 'm',
    input: 'x',
  })
  const given = '{"model":"m","store":true,"include":["web_search_call.results"],"previous_response_id":"resp_1"}'
  assert.equal(passed(given), '{"model":"m","store":false,"include":["web_search_call.results","reasoning.encrypted_content"]}')
  assert.equal(passed('{"model":"m","include":null}'), '{"store":false,"model":"m","include":["reasoning.encrypted_content"]}')
  assert.equal(passed('{"model":"gpt-4o"}', { model: 'gpt-4o' }), '{"store":false,"model":"gpt-4o"}')
  assert.equal(passed('{"model":"m"}', { removed: ['include'] }), '{"store":false,"model":"m"}')
})

test('the owner’s parameters have this API’s names', () => {
  const body = '{"model":"m","store":false,"reasoning":{"effort":"low","summary":"auto"},"max_output_tokens":9}'
  assert.equal(
    passed(body, { defaults: { reasoning_effort: 'high', max_tokens: 100 } }),
    '{"model":"m","store":false,"reasoning":{"effort":"high","summary":"auto"},"max_output_tokens":9}',
  )
  assert.equal(passed(body, { maxTokens: 5 }), body.replace(':9', ':5'))
})

test('items that were kept stand in place of the caller’s own, and thinking of which only the name is left is left out', () => {
  const sketch = sketchResponses(Buffer.from('{"model":"m","input":"x","max_output_tokens":20,"previous_response_id":"r"}'), bareAsk)
  const items = [
    { type: 'reasoning', id: 'rs_1', summary: [] },
    { type: 'reasoning', encrypted_content: 'e' },
    { role: 'user', content: 'y' },
  ]
  const expanded = withItems(sketch, items)
  assert.deepEqual(JSON.parse(expanded.bytes.toString()), {
    model: 'm',
    input: items.slice(1),
    max_output_tokens: 20,
    previous_response_id: 'r',
  })
  assert.equal(
    passResponsesRequest(expanded, { ...same, maxTokens: 17 })
      .toString()
      .includes('"max_output_tokens":17'),
    true,
  )
})

test('references are replaced by what they name, and one that names nothing is refused', () => {
  const items = [
    { role: 'user', content: 'a' },
    { type: 'item_reference', id: 'fc_1' },
  ]
  assert.deepEqual(referencesIn(items), ['fc_1'])
  assert.deepEqual(withReferences(items, new Map([['fc_1', { type: 'function_call' }]])), [items[0], { type: 'function_call' }])
  assert.throws(() => withReferences(items, new Map()), /fc_1/)
})

const found = (input: unknown): string | undefined =>
  lastEncrypted(sketchResponses(Buffer.from(JSON.stringify({ model: 'm', input })), bareAsk))

test('the latest encrypted thinking is found, whatever else is named so', () => {
  assert.equal(found('x'), undefined)
  assert.equal(found([{ encrypted_content: 'a' }, { encrypted_content: 'b' }, { encrypted_content: null }, { role: 'user' }]), 'b')
  assert.equal(found([{ encrypted_content: null }]), undefined)
})

const failure = (message: string, code?: string): Parameters<typeof mendRequest>[1] => ({
  reason: 'bad-request',
  message,
  sent: 'yes',
  ...(code !== undefined && { told: { code } }),
})

test('a request is mended once: without thinking that another account has encrypted, or without asking for it', () => {
  const body = Buffer.from(
    '{"input":[{"type":"reasoning","encrypted_content":"x"},{"role":"user"}],"include":["reasoning.encrypted_content"]}',
  )
  const mended = mendRequest(body, failure('The encrypted content x could not be verified.', 'invalid_encrypted_content'))
  assert.equal(mended?.body.toString(), '{"input":[{"role":"user"}],"include":["reasoning.encrypted_content"]}')
  assert.equal(mendRequest(mended.body, failure('The encrypted content x could not be verified.')), undefined)
  assert.deepEqual(mended.losses, ['reasoning'])
  const orphaned = "Item 'rs_1' of type 'reasoning' was provided without its required following item."
  assert.notEqual(mendRequest(body, failure(orphaned)), undefined)
  const plain = mendRequest(body, failure('Encrypted content is not supported with this model.'))
  assert.equal(plain?.body.toString(), '{"input":[{"type":"reasoning","encrypted_content":"x"},{"role":"user"}]}')
  assert.equal(mendRequest(body, failure('Something else.')), undefined)
})
