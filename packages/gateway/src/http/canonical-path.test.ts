import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalTarget } from './canonical-path.ts'

const readings: readonly (readonly [raw: string, path: string, query: string])[] = [
  ['/', '/', ''],
  ['//', '/', ''],
  ['/?', '/', ''],
  ['/v1/models', '/v1/models', ''],
  ['//v1///models//', '/v1/models', ''],
  ['/v1/models?a=1&b=/../x', '/v1/models', 'a=1&b=/../x'],
  ['/v1/models?a?b', '/v1/models', 'a?b'],
  ['/%76%31/models', '/v1/models', ''],
  ['/v1/models/groq%2Fllama-3.3', '/v1/models/groq/llama-3.3', ''],
  ['/models/a%2Fb%2Fc:free', '/models/a/b/c:free', ''],
  ['/v1/models/a%252Fb', '/v1/models/a%2Fb', ''],
  ['/v1/models/gr%C3%BCn', '/v1/models/grün', ''],
  ['/v1/models/a+b', '/v1/models/a+b', ''],
  ['/v1/models/...', '/v1/models/...', ''],
]

test('a target has one path: decoded once, without slashes too many, its query as it came', () => {
  for (const [raw, path, query] of readings) assert.deepEqual(canonicalTarget(raw), { path, query }, raw)
})

test('encoded slashes mean something in the names of models only', () => {
  for (const raw of ['/v1%2Fmodels', '/chat%2Fcompletions', '/v1/providers/a%2Fb', '/v1/model%73%2Fa']) {
    assert.ok('refused' in canonicalTarget(raw), raw)
  }
})

test('dot segments, backslashes, control characters and bad escapes are refused in any spelling', () => {
  for (const bad of ['.', '..', '%2e', '%2E%2e', '.%2e', '\\', '%5c', '%00', '%0a', '%7f', '%c2%80', '%', '%4', '%zz', '%ff', '#', ' ']) {
    for (const raw of [`/${bad}`, `/v1/${bad}/models`, `/v1/models/${bad}`, `/v1/models/a%2F${bad}%2Fb`]) {
      assert.ok('refused' in canonicalTarget(raw), raw)
    }
  }
})

test('what does not begin with a slash is refused', () => {
  for (const raw of ['', '*', 'http://a/b', 'evil.test:443', 'v1/models', '?a=1']) assert.ok('refused' in canonicalTarget(raw), raw)
})

test('whatever the target, its path has no segment that a later reader could resolve away', () => {
  const piece = fc.constantFrom('/', '//', '.', '..', '%2e', '%2f', '%5c', '%25', 'v1', 'models', 'a', '\\', '%00', '?', ':', '~')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const target = canonicalTarget(`/${pieces.join('')}`)
      if ('refused' in target) return
      assert.match(target.path, /^\//)
      assert.doesNotMatch(target.path, /[\\\p{Cc}]|(?:^|\/)\.{1,2}(?:\/|$)/u)
    }),
  )
})
