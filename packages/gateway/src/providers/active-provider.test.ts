/** Catalogue and settings joined. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatDialects } from '../domain/chat-dialects.ts'
import { Secret } from '../domain/secret.ts'
import { activate, activateAll, isUsable } from './active-provider.ts'
import type { ProviderSettings } from './active-provider.ts'
import { customProvider } from './custom.ts'
import { fillAddresses } from './fill-addresses.ts'
import type { Provider } from './provider.ts'
import { manners } from './speeches.ts'

const key = { secret: new Secret('gsk_0123456789abcdef'), source: 'GROQ_API_KEY', priority: 1 }

function settings(changes: Partial<ProviderSettings> & { name: string }): ProviderSettings {
  return {
    keyless: changes.name === 'ollama',
    keys: [],
    pool: { rotation: 'balanced', tolerance: 3 },
    skipsProbes: false,
    enforcesModelLists: false,
    timeouts: {},
    models: [],
    whitelistModels: [],
    ignoreModels: [],
    rejects: [],
    ...changes,
  }
}

test('a known provider keeps its address and adds the owner’s rejected fields to its own', () => {
  const active = activate(settings({ name: 'groq', keys: [key], rejects: ['user', 'logprobs'] }))
  assert.equal(active?.provider.baseUrl, 'https://api.groq.com/openai/v1')
  assert.deepEqual(active.provider.rejects, ['logprobs', 'logit_bias', 'top_logprobs', 'user'])
  assert.ok(isUsable(active))
})

test('a base URL makes a provider of any name, with its path kept and ending slashes dropped', () => {
  const active = activate(settings({ name: 'my-box', baseUrl: 'http://127.0.0.1:9001/api/v1//', keys: [key] }))
  assert.equal(active?.provider.baseUrl, 'http://127.0.0.1:9001/api/v1')
  assert.deepEqual(active.provider.keyFrom, ['MY_BOX'])
  assert.equal(active.provider.speaks.embed?.[0]?.path, '/embeddings')
  assert.equal(active.provider.keyless, undefined)
})

test('a server that wants no key can be used without one, whatever its name', () => {
  const active = activate(settings({ name: 'openai', baseUrl: 'http://127.0.0.1:8080/v1', keyless: true }))
  assert.equal(active?.provider.keyless, true)
  assert.ok(isUsable(active))
})

test('field names of the vendor are not used with another server', () => {
  const own = activate(settings({ name: 'openai', keys: [key] }))
  const other = activate(settings({ name: 'openai', keys: [key], baseUrl: 'http://127.0.0.1:8080/v1' }))
  assert.deepEqual(own?.provider.speaks.chat?.[0]?.renames, { max_tokens: 'max_completion_tokens' })
  assert.deepEqual(other?.provider.speaks.chat?.[0]?.renames, {})
})

test('an unknown name without a base URL is left out', () => {
  assert.equal(activate(settings({ name: 'nowhere', keys: [key] })), undefined)
  assert.deepEqual([...activateAll([settings({ name: 'nowhere' }), settings({ name: 'ollama' })]).keys()], ['ollama'])
})

test('a known provider without a key cannot be used, Ollama can', () => {
  const [groq, ollama] = [activate(settings({ name: 'groq' })), activate(settings({ name: 'ollama' }))]
  assert.ok(groq !== undefined && !isUsable(groq))
  assert.ok(ollama !== undefined && isUsable(ollama))
})

test('a server of the owner’s own speaks the dialect it is said to speak, as the vendor of that dialect does', () => {
  const anthropic = activate(settings({ name: 'my-box', baseUrl: 'http://127.0.0.1:9/v1', keys: [key], dialect: 'anthropic-messages' }))
  assert.deepEqual(anthropic?.provider.auth, { kind: 'header', name: 'x-api-key' })
  assert.deepEqual(anthropic.provider.speaks.chat, [
    { dialect: 'anthropic-messages', path: '/messages', headers: ['anthropic-version', '2023-06-01'] },
  ])
  const gemini = activate(settings({ name: 'my-box', baseUrl: 'http://127.0.0.1:9/v1beta', dialect: 'gemini-generate' }))
  assert.equal(gemini?.provider.speaks.chat?.[0]?.streamPath, '/models/{model}:streamGenerateContent?alt=sse')
})

test('every dialect of chat has a manner that speaks it', () => {
  for (const dialect of chatDialects) {
    const { provider } = activate(settings({ name: 'my-box', baseUrl: 'http://127.0.0.1:9', dialect })) ?? {}
    assert.equal(provider?.speaks.chat?.[0]?.dialect, dialect)
  }
})

test('a dialect chosen for a known provider is the only one its chat speaks', () => {
  const own = activate(settings({ name: 'openai', keys: [key], dialect: 'openai-chat' }))
  assert.deepEqual(own?.provider.speaks.chat?.[0]?.renames, { max_tokens: 'max_completion_tokens' })
  const other = activate(settings({ name: 'groq', keys: [key], dialect: 'anthropic-messages' }))
  assert.deepEqual(other?.provider.speaks.chat, [
    { ...manners['anthropic-messages'].speaks.chat[0], auth: { kind: 'header', name: 'x-api-key' } },
  ])
})

test('parts of addresses are filled in wherever they stand, and the model’s place is kept', () => {
  const provider: Provider = {
    ...customProvider({ name: 'parts', baseUrl: 'https://{region}.example.org/{project}/v1' }),
    variables: { region: { env: 'R', what: 'the region', default: 'eu' }, project: { env: 'P', what: 'the project' } },
    speaks: {
      chat: [{ dialect: 'openai-chat', path: '/{project}/{model}', streamPath: '/s/{region}', base: 'https://{region}.example.net' }],
    },
  }
  const filled = fillAddresses(provider, { project: 'mine' })
  assert.equal(filled.baseUrl, 'https://eu.example.org/mine/v1')
  assert.deepEqual(filled.speaks.chat, [
    { dialect: 'openai-chat', path: '/mine/{model}', streamPath: '/s/eu', base: 'https://eu.example.net' },
  ])
  assert.deepEqual(filled.filled, { region: 'eu', project: 'mine' })
})
