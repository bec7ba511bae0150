import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { checkConfig } from './check-config.ts'

function run(t: TestContext, yaml: string, argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-check-'))
  t.after(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'keywheel.yaml'), yaml)
  const said: string[] = []
  const complained: string[] = []
  const code = checkConfig(argv, {
    env,
    directory,
    known: [{ name: 'groq', keyFrom: ['GROQ'], keyless: false }],
    presets: [],
    write: (text) => said.push(text),
    writeError: (text) => complained.push(text),
  })
  return { code, said: said.join(''), complained: complained.join('') }
}

test('a configuration in order is summed up, keys by their sources only', (t) => {
  const yaml = `providers:
  groq: {}
  mine: { base_url: "http://127.0.0.1:1/v1" }
virtual_models: { best: { fallback_chain: [{ provider: groq, model: m }, { provider: mine, model: n }] } }
aliases: { gpt-4o: best }
`
  const { code, said, complained } = run(t, yaml, ['--port', '9000'], {
    GROQ_API_KEY_1: 'secret-number-one',
    GROQ_API_KEY_2: 'secret-number-two',
  })
  assert.equal(code, 0)
  assert.equal(complained, '')
  assert.equal(
    said,
    `The configuration is in order.

Listens on
  127.0.0.1:9000, open access

Providers
  groq: 2 keys (GROQ_API_KEY_1, GROQ_API_KEY_2), balanced
  mine: asked without a key, at http://127.0.0.1:1/v1

Virtual models
  best (keywheel.yaml:4): groq/m, then mine/n

Aliases
  gpt-4o → best
`,
  )
})

test('what bounds the use of keys is summed up with them', (t) => {
  const yaml = `providers:
  groq:
    rotation: sequential
    keys: [{ key: key-of-the-file, tier: paid, priority: 2 }]
    quota_groups: { big: [a, b] }
    caps: [{ tiers: [paid], model: big, limit: 80% }, { model: c, limit: +5 }]
`
  const { said } = run(t, yaml, [], { GROQ_API_KEY: 'secret-number-one', GROQ_API_KEY_TIER: 'free', CUSTOM_CAP_GROQ_T1_BIG: '9' })
  assert.match(
    said,
    /^ {2}groq: 2 keys \(GROQ_API_KEY: free, keywheel\.yaml:4: paid\), sequential, fair cycle, 1 quota group \(big\), cap 80% on big for priority 2, cap \+5 on c, cap 9 on big for priority 1$/m,
  )
  assert.doesNotMatch(said, /key-of-the-file|secret-number/)
})

test('a configuration that is refused is listed with every problem, and the code says so', (t) => {
  const { code, said, complained } = run(t, 'server: { hostt: x }', ['--port', 'y'])
  assert.equal(code, 78)
  assert.equal(said, '')
  assert.equal(
    complained,
    `keywheel.yaml:1:11  server.hostt: There is no such field. Did you mean host?
command line  --port: The value cannot be used. Write a whole number from 0 to 65535.
2 problems; the gateway would not start.
`,
  )
})

test('a flag that does not exist is refused without being repeated', (t) => {
  const { code, complained } = run(t, '', ['--sk-secret-pasted-here'])
  assert.equal(code, 78)
  assert.match(complained, /^command line {2}check-config: A flag is not understood\. Flags are --config FILE/)
  assert.doesNotMatch(complained, /sk-secret/)
})
