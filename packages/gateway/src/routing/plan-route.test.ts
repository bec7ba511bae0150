/** From a name to targets, and every refusal on the way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import type { Operation } from '../domain/operation.ts'
import { Secret } from '../domain/secret.ts'
import { activateAll } from '../providers/active-provider.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import type { ProviderSettings } from '../providers/active-provider.ts'
import type { VirtualModel } from './plan.ts'
import { planRoute } from './plan-route.ts'
import { namedRoutes, prepareRoutes } from './routes.ts'
import type { Routes } from './routes.ts'

const timeouts: Timeouts = {
  connectMs: 5000,
  firstByteMs: 30_000,
  reasoningFirstByteMs: 120_000,
  wholeFirstByteMs: 300_000,
  idleMs: 60_000,
  deadlineMs: 600_000,
  streamLifeMs: 3_600_000,
}

function settings(changes: Partial<ProviderSettings> & { name: string }): ProviderSettings {
  const keys = [{ secret: new Secret(`key-of-${changes.name}`), source: 'test', priority: 1 }]
  const common = {
    keyless: false,
    pool: { rotation: 'balanced', tolerance: 3 },
    skipsProbes: false,
    enforcesModelLists: false,
    timeouts: {},
    models: [],
    whitelistModels: [],
    ignoreModels: [],
  } as const
  return { keys, ...common, rejects: [], ...changes }
}

interface Setup {
  readonly providers?: readonly ProviderSettings[]
  readonly virtualModels?: readonly VirtualModel[]
  readonly aliases?: Readonly<Record<string, string>>
  readonly knownNames?: readonly string[]
}

function routesOf({ providers = [settings({ name: 'groq' }), settings({ name: 'openrouter' })], ...rest }: Setup): Routes {
  const { virtualModels = [], aliases = {}, knownNames = [] } = rest
  return prepareRoutes({ providers: activateAll(providers), virtualModels, aliases, timeouts, knownNames: () => knownNames })
}

const virtual = (name: string, ...targets: string[]): VirtualModel => ({
  name,
  timeouts: {},
  targets: targets.map((target) => ({ provider: target.slice(0, target.indexOf('/')), model: target.slice(target.indexOf('/') + 1) })),
})

function refusal(routes: Routes, asked: string, operation: Operation = 'chat'): RefusedCall {
  try {
    planRoute(routes, asked, operation)
  } catch (error) {
    assert.ok(error instanceof RefusedCall)
    return error
  }
  return assert.fail(`${asked} was planned`)
}

test('provider/model leads to that provider', () => {
  const plan = planRoute(routesOf({}), 'groq/some-model', 'chat')
  assert.equal(plan.route, undefined)
  assert.equal(plan.deadlineMs, 600_000)
  assert.deepEqual(
    plan.targets.map(({ pool, model, shownModel, known }) => ({ pool, model, shownModel, known })),
    [{ pool: 'groq', model: 'some-model', shownModel: 'groq/some-model', known: undefined }],
  )
})

test('only the first slash separates', () => {
  const [target] = planRoute(routesOf({}), 'openrouter/meta-llama/llama-3.3-70b-instruct:free', 'chat').targets
  assert.equal(target?.pool, 'openrouter')
  assert.equal(target.model, 'meta-llama/llama-3.3-70b-instruct:free')
})

test('a virtual model comes before an alias, and an alias before provider/model', () => {
  const virtualModels = [virtual('fast', 'groq/a', 'openrouter/b/c')]
  const routes = routesOf({ virtualModels, aliases: { fast: 'groq/never', 'groq/old': 'groq/new', mine: 'fast' } })
  assert.deepEqual(
    planRoute(routes, 'fast', 'chat').targets.map(({ shownModel }) => shownModel),
    ['groq/a', 'openrouter/b/c'],
  )
  assert.equal(planRoute(routes, 'groq/old', 'chat').targets[0]?.model, 'new')
  assert.equal(planRoute(routes, 'groq/old', 'chat').route, 'groq/old')
  assert.equal(planRoute(routes, 'mine', 'chat').route, 'fast')
  assert.equal(planRoute(routes, 'mine', 'chat').asked, 'mine')
})

test('aliases that go in a circle end as an unknown model', () => {
  const routes = routesOf({ aliases: { a: 'b', b: 'c', c: 'b' } })
  assert.equal(refusal(routes, 'a').failure.reason, 'unknown-model')
})

test('an owner’s name for a model leads to the provider’s, with its parameters', () => {
  const models = [{ name: 'big', id: 'openai/gpt-oss-120b', options: { reasoning_effort: 'high' } }]
  const [target] = planRoute(routesOf({ providers: [settings({ name: 'groq', models })] }), 'groq/big', 'chat').targets
  assert.equal(target?.model, 'openai/gpt-oss-120b')
  assert.equal(target.shownModel, 'groq/big')
  assert.deepEqual(target.options, { reasoning_effort: 'high' })
  assert.equal(target.known?.maxOutputTokens, 65_536)
})

test('a model called like a method of objects is just a model', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    const [target] = planRoute(routesOf({}), `groq/${name}`, 'chat').targets
    assert.equal(target?.known, undefined)
    assert.equal(target?.model, name)
    assert.equal(refusal(routesOf({}), name).failure.reason, 'unknown-model')
  }
})

test('fields that provider, owner or model refuse are gathered', () => {
  const providers = [settings({ name: 'openai', rejects: ['user'] })]
  const [target] = planRoute(routesOf({ providers }), 'openai/gpt-6-sol', 'chat').targets
  assert.ok(target?.rejects.includes('user') === true && target.rejects.includes('temperature'))
  assert.deepEqual(planRoute(routesOf({ providers }), 'openai/gpt-4o', 'chat').targets[0]?.rejects, ['user'])
})

test('timeouts of the virtual model lie over the provider’s, and those over the general ones', () => {
  const providers = [settings({ name: 'groq', timeouts: { firstByteMs: 2, idleMs: 2, deadlineMs: 900_000 } })]
  const routes = routesOf({ providers, virtualModels: [{ ...virtual('v', 'groq/a'), timeouts: { firstByteMs: 1, deadlineMs: 7 } }] })
  const own = planRoute(routes, 'v', 'chat')
  assert.deepEqual(own.targets[0]?.timeouts, { ...timeouts, firstByteMs: 1, idleMs: 2, deadlineMs: 7 })
  assert.equal(own.deadlineMs, 7)
  assert.equal(planRoute(routes, 'groq/a', 'chat').deadlineMs, 900_000)
})

test('an unknown name is refused with the nearest ones', () => {
  const routes = routesOf({ virtualModels: [virtual('coding-elite', 'groq/a')], knownNames: ['groq/llama-3.3-70b', 'groq/whisper'] })
  const { failure, details, status } = refusal(routes, 'coding-elit')
  assert.equal(status, 404)
  assert.equal(failure.message, 'There is no model called "coding-elit". Did you mean coding-elite?')
  assert.deepEqual(details, { param: 'model', code: 'model_not_found' })
  assert.match(refusal(routes, 'llama-3.3-70b').failure.message, /Did you mean groq\/llama-3\.3-70b\?$/)
})

test('a name that resembles nothing points to the list', () => {
  for (const name of ['zzzzzzzzzzzzz', '', '/', 'groq/', '/a']) {
    assert.match(refusal(routesOf({}), name).failure.message, /GET \/v1\/models lists what there is\.$/)
  }
})

test('a very long name is cut and not compared', () => {
  const { message } = refusal(routesOf({ knownNames: ['groq/a'] }), 'x'.repeat(1_000_000)).failure
  assert.ok(message.length < 300)
})

test('an unknown provider is named', () => {
  assert.match(refusal(routesOf({}), 'nowhere/model').failure.message, /There is no provider called nowhere\./)
})

test('a provider without a key is refused with what to add', () => {
  const { failure, details } = refusal(routesOf({ providers: [settings({ name: 'groq', keys: [] })] }), 'groq/a')
  assert.equal(failure.reason, 'unknown-model')
  assert.equal(failure.message, '"groq/a" cannot be used. Groq has no key: add GROQ_API_KEY to .env.')
  assert.equal(details.code, 'model_not_found')
  assert.match(refusal(routesOf({}), 'mistral/x').failure.message, /add MISTRAL_API_KEY to \.env/)
  assert.match(refusal(routesOf({}), 'ollama/x').failure.message, /add OLLAMA_API_BASE=http:\/\/127\.0\.0\.1:11434\/v1 to \.env/)
})

test('an operation that the provider does not offer is refused', () => {
  const { failure, status } = refusal(routesOf({}), 'groq/a', 'embed')
  assert.equal(failure.reason, 'unsupported')
  assert.equal(status, 400)
  assert.equal(failure.message, '"groq/a" cannot do this. Groq does not offer embeddings.')
  assert.match(refusal(routesOf({}), 'groq/a', 'complete').failure.message, /Groq does not offer text completions\./)
})

test('targets that cannot be used are left out with their reasons, and the rest remain', () => {
  const routes = routesOf({ virtualModels: [virtual('v', 'mistral/x', 'groq/a', 'openrouter/b')] })
  const plan = planRoute(routes, 'v', 'embed')
  assert.deepEqual(
    plan.targets.map(({ shownModel }) => shownModel),
    ['openrouter/b'],
  )
  assert.deepEqual(
    plan.refused.map(({ shownModel, because }) => [shownModel, because]),
    [
      ['mistral/x', 'no-key'],
      ['groq/a', 'unsupported'],
    ],
  )
})

test('a virtual model whose targets are all ruled out says why', () => {
  const routes = routesOf({ virtualModels: [virtual('v', 'mistral/x', 'deepseek/y'), virtual('w', 'mistral/x', 'groq/a')] })
  assert.match(refusal(routes, 'v').failure.message, /Mistral AI has no key.* DeepSeek has no key/)
  assert.equal(refusal(routes, 'v').failure.reason, 'unknown-model')
  assert.equal(refusal(routes, 'w', 'embed').failure.reason, 'unsupported')
})

test('a preset that nothing can answer says which keys would help', () => {
  assert.match(refusal(routesOf({ providers: [] }), 'coding-free').failure.message, /needs a key of one of these providers: groq, cerebras/)
})

test('virtual models and aliases are listed with what they mean', () => {
  const routes = routesOf({ virtualModels: [virtual('v', 'groq/a', 'groq/b')], aliases: { v: 'x', w: 'v' } })
  assert.deepEqual(namedRoutes(routes), [
    { name: 'v', description: 'Tries groq/a, then groq/b' },
    { name: 'w', description: 'Another name for v' },
  ])
})
