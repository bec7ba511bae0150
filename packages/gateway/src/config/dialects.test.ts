/** A provider's dialect, the parts of its address, and keys under unusual names. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, keysOf, known, providerOf, tryConfig } from './try-config.test.ts'

const azure = {
  name: 'azure',
  keyFrom: ['AZURE'],
  keyless: false,
  variables: {
    resource: { env: 'AZURE_RESOURCE', what: 'the name of the resource' },
    version: { env: 'AZURE_VERSION', what: 'the version', default: 'v1' },
  },
}
const withAzure = { known: [...known, azure, { name: 'hub', keyFrom: ['HUB'], keyNames: ['HUB_TOKEN'], keyless: false }] }
const key = { AZURE_API_KEY: 'the-azure-key' }

test('a provider of the owner’s own says in the file which dialect it speaks', () => {
  const yaml = 'providers: { mine: { base_url: "http://127.0.0.1:1/v1", dialect: anthropic-messages } }'
  assert.equal(providerOf(accepted({ yaml }), 'mine').dialect, 'anthropic-messages')
})

test('the variable for the dialect wins over the file, and nothing said means nothing set', () => {
  const yaml =
    'providers: { mine: { base_url: "http://127.0.0.1:1/v1", dialect: anthropic-messages }, other: { base_url: "http://127.0.0.1:2" } }'
  const config = accepted({ yaml, env: { MINE_DIALECT: 'gemini-generate' } })
  assert.equal(providerOf(config, 'mine').dialect, 'gemini-generate')
  assert.equal(providerOf(config, 'other').dialect, undefined)
})

test('an unknown dialect is refused with those that exist', () => {
  const yaml = 'providers: { mine: { base_url: "http://127.0.0.1:1/v1", dialect: anthropic } }'
  assert.match(tryConfig({ yaml }).lines.join('\n'), /keywheel\.yaml:1:\d+ providers\.mine\.dialect: .*anthropic-messages/)
  const env = { MINE_API_BASE: 'http://127.0.0.1:1/v1', MINE_DIALECT: 'klingon' }
  assert.match(
    tryConfig({ env }).lines.join('\n'),
    /environment MINE_DIALECT: The value cannot be used\. Write openai-chat or .*ollama-chat/,
  )
})

test('parts of an address come from the file, the environment wins, and the rest has its default in the catalogue', () => {
  const yaml = 'providers: { azure: { variables: { resource: from-file } } }'
  assert.deepEqual(providerOf(accepted({ yaml, env: key, ...withAzure }), 'azure').variables, { resource: 'from-file' })
  const env = { ...key, AZURE_RESOURCE: 'from-environment', AZURE_VERSION: '2025-01-01' }
  assert.deepEqual(providerOf(accepted({ yaml, env, ...withAzure }), 'azure').variables, {
    resource: 'from-environment',
    version: '2025-01-01',
  })
})

test('a provider whose address lacks a part is not used, and a warning names the part', () => {
  const config = accepted({ env: key, ...withAzure })
  assert.equal(config.providers.length, 0)
  assert.match(
    config.warnings.join('\n'),
    /azure is not used: set AZURE_RESOURCE or providers\.azure\.variables\.resource to the name of the resource\./,
  )
})

test('an address of the owner’s own needs no parts', () => {
  const config = accepted({ env: { ...key, AZURE_API_BASE: 'https://mine.example.org/openai/v1' }, ...withAzure })
  assert.equal(providerOf(config, 'azure').baseUrl, 'https://mine.example.org/openai/v1')
})

test('a part that could lead the address elsewhere, and a part that does not exist, are refused', () => {
  const yaml = 'providers: { azure: { variables: { resource: "evil.example/x" } } }'
  assert.match(tryConfig({ yaml, env: key, ...withAzure }).lines.join('\n'), /providers\.azure\.variables\.resource: .*Use letters/)
  const env = { ...key, AZURE_RESOURCE: 'a@b' }
  assert.match(tryConfig({ env, ...withAzure }).lines.join('\n'), /AZURE_RESOURCE: The value cannot be used\. Write letters/)
  const misspelt = 'providers: { azure: { variables: { resorce: mine } } }'
  assert.match(tryConfig({ yaml: misspelt, env: key, ...withAzure }).lines.join('\n'), /no such part\. Did you mean resource\?/)
  assert.match(tryConfig({ yaml: 'providers: { groq: { variables: { region: x } } }' }).lines.join('\n'), /no such part\. Remove it\./)
})

test('a key under another form of name is found beside the usual ones', () => {
  const env = { HUB_TOKEN: 'the-hub-token', HUB_API_KEY_2: 'the-other-key' }
  assert.deepEqual(keysOf(accepted({ env, ...withAzure }), 'hub'), [
    ['the-other-key', 'HUB_API_KEY_2', 1],
    ['the-hub-token', 'HUB_TOKEN', 1],
  ])
})
