import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { knownSecrets, scrub } from './scrub.ts'
import { Secret } from './secret.ts'

afterEach(() => knownSecrets.forget())

for (const [what, text, masked] of [
  ['an OpenAI key', 'Incorrect API key provided: sk-proj-abcDEF123_456-789.', 'Incorrect API key provided: [secret].'],
  ['a Google key in a URL', 'GET /v1beta/models?key=AIzaSyA1234567890abcdefghijklmnopqrs&x=1', 'GET /v1beta/models?key=[secret]&x=1'],
  ['a bare Google key', 'AIzaSyA1234567890abcdefghijklmnopqrs', '[secret]'],
  ['a Groq key', 'bad gsk_0123456789abcdefABCDEF', 'bad [secret]'],
  ['an xAI key', 'xai-0123456789abcdef is wrong', '[secret] is wrong'],
  ['a bearer header', 'authorization: Bearer abc.def-123/=+', 'authorization: Bearer [secret]'],
  ['a JSON field', '{"api_key": "whatever-it-is"}', '{"api_key": "[secret]"}'],
  ['an AWS id', 'AKIAIOSFODNN7EXAMPLE', '[secret]'],
  ['a JSON web token', 'jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_9 end', 'jwt [secret] end'],
] as const) {
  test(`${what} is masked`, () => assert.equal(scrub(text), masked))
}

test('ordinary words stay', () => {
  for (const text of [
    'The monkey=banana task-force asked for max_tokens=4096 and tokens: 12345',
    'disk-full-on-device, risk-assessment-report, basic',
    'model llama-3.3-70b-versatile at https://api.groq.com/openai/v1/chat/completions',
  ]) {
    assert.equal(scrub(text), text)
  }
})

test('a known secret is masked whatever it looks like, also in its form for a URL', () => {
  knownSecrets.add(new Secret('open sesame/42'))
  knownSecrets.add(new Secret('open sesame/42-longer'))
  assert.equal(scrub('xopen sesame/42y open%20sesame%2F42 open sesame/42-longer'), 'x[secret]y [secret] [secret]')
})

test('a short secret masks nothing', () => {
  knownSecrets.add(new Secret('abc'))
  assert.equal(scrub('abcabc'), 'abcabc')
})

test('masking what is masked changes nothing', () => {
  const once = scrub('Authorization: Bearer sk-0123456789 key=AIzaSyA1234567890abcdefghijklmnopqrs')
  assert.equal(scrub(once), once)
})

test('64 KiB of text made to be slow take less than 5 ms', () => {
  for (let index = 0; index < 1000; index += 1) knownSecrets.add(new Secret(`sk-proj-${String(index).padStart(40, '0')}`))
  for (const piece of [
    'eyJ',
    'eyJaaaaaaaa.',
    'Bearer ',
    'Bearer        ',
    'sk-',
    'key=',
    'key= ',
    'api_key"  :',
    'AIza',
    'a',
    ' ',
    'sk-proj-',
    '-eyJ',
  ]) {
    const text = piece.repeat(Math.ceil(65_536 / piece.length))
    const tookMs = Math.min(...Array.from({ length: 5 }, () => timed(text)))
    assert.ok(tookMs < 5, `${JSON.stringify(piece)} took ${tookMs} ms`)
  }
})

/** Milliseconds of processor time: what others run meanwhile does not count. */
function timed(text: string): number {
  const before = process.threadCpuUsage()
  scrub(text)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
