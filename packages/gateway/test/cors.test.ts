/** Which web pages may call: exactly those that are listed, and they can read every answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hello, keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const lite = 'https://lite.koboldai.net'

interface Preflight {
  readonly origin?: string
  readonly path?: string
  readonly headers?: string
  readonly more?: Readonly<Record<string, string>>
}

function preflight(bench: Bench, { origin = lite, path = '/v1/models', headers = 'authorization,content-type', more = {} }: Preflight) {
  return fetch(bench.origin + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': headers, ...more },
  })
}

test('a preflight of a listed page is answered in full, before any key is asked for', async (t) => {
  const bench = await openBench(t, { env: { CORS_ORIGINS: lite, PROXY_API_KEY: keyText('proxy') } })
  for (const path of ['/v1/models', '/chat/completions', '/v1/models/a%2Fb', '/no/such/path', '/']) {
    const { status, headers } = await preflight(bench, { path })
    assert.equal(status, 204, path)
    assert.equal(headers.get('access-control-allow-origin'), lite)
    assert.equal(headers.get('access-control-allow-headers'), 'authorization,content-type')
    assert.match(headers.get('access-control-allow-methods') ?? '', /\bGET\b.*\bPOST\b.*\bOPTIONS\b/)
    assert.equal(headers.get('access-control-max-age'), '86400')
    for (const name of ['Origin', 'Access-Control-Request-Headers', 'Access-Control-Request-Method']) {
      assert.ok(headers.get('vary')?.includes(name), name)
    }
    assert.equal(headers.get('access-control-allow-credentials'), null)
  }
})

test('a preflight may ask for any header name, and gets a usual list for what is none', async (t) => {
  const bench = await openBench(t, { env: { CORS_ORIGINS: lite } })
  const stainless = 'authorization,content-type,x-stainless-lang,x-stainless-retry-count,openai-project,nostream'
  assert.equal((await preflight(bench, { headers: stainless })).headers.get('access-control-allow-headers'), stainless)
  for (const headers of ['x y', 'a,,b', 'a: b', 'a'.repeat(5000)]) {
    const allowed = (await preflight(bench, { headers })).headers.get('access-control-allow-headers')
    assert.match(allowed ?? '', /^authorization, content-type, x-api-key,.*anthropic-version/)
  }
})

test('a private-network preflight is granted to a listed page only', async (t) => {
  const bench = await openBench(t, { env: { CORS_ORIGINS: lite } })
  const more = { 'access-control-request-private-network': 'true' }
  const name = 'access-control-allow-private-network'
  assert.equal((await preflight(bench, { more })).headers.get(name), 'true')
  assert.equal((await preflight(bench, {})).headers.get(name), null)
  assert.equal((await preflight(bench, { more, origin: 'https://evil.test' })).headers.get(name), null)
})

const lists: readonly (readonly [listed: string, asked: string, allowed: boolean])[] = [
  [lite, lite, true],
  [` ${lite}/ , http://localhost:5173 `, lite, true],
  [`${lite},http://localhost:5173`, 'http://localhost:5173', true],
  ['https://LITE.KoboldAI.net', lite, true],
  [lite, 'https://lite.koboldai.net:8443', false],
  [lite, 'http://lite.koboldai.net', false],
  [lite, 'https://lite.koboldai.net.evil.test', false],
  [lite, 'https://evil-lite.koboldai.net', false],
  [lite, 'https://sub.lite.koboldai.net', false],
  [lite, 'null', false],
  ['null', 'null', true],
  ['null', lite, false],
  ['', lite, false],
  ['', 'null', false],
]

test('an origin is allowed when it is on the list exactly, and not otherwise', async (outer) => {
  for (const [listed, origin, allowed] of lists) {
    await outer.test(`${origin} with ${listed || 'no list'}`, async (t) => {
      const bench = await openBench(t, { env: { CORS_ORIGINS: listed } })
      const expected = allowed ? origin : null
      const asked = await fetch(`${bench.origin}/health`, { headers: { origin } })
      assert.equal(asked.headers.get('access-control-allow-origin'), expected)
      const { status, headers } = await preflight(bench, { origin })
      assert.equal(status, 204)
      assert.equal(headers.get('access-control-allow-origin'), expected)
      assert.equal(headers.has('access-control-allow-methods'), allowed)
    })
  }
})

test('caches are told that answers differ by origin as soon as there is a list, also without an origin', async (t) => {
  const listed = await openBench(t, { env: { CORS_ORIGINS: lite } })
  assert.equal((await fetch(`${listed.origin}/health`)).headers.get('vary'), 'Origin')
  const unlisted = await openBench(t)
  assert.equal((await fetch(`${unlisted.origin}/health`, { headers: { origin: lite } })).headers.get('vary'), null)
})

test('`*` allows every page, without credentials', async (t) => {
  const bench = await openBench(t, { env: { CORS_ORIGINS: '*' } })
  for (const origin of [lite, 'null', 'http://localhost:1']) {
    const { headers } = await preflight(bench, { origin })
    assert.equal(headers.get('access-control-allow-origin'), '*')
    assert.equal(headers.get('access-control-allow-credentials'), null)
  }
})

test('a listed page can read every answer: lists, streams, and refusals of every kind', async (t) => {
  const bench = await openBench(t, {
    env: { CORS_ORIGINS: lite, PROXY_API_KEY: keyText('proxy') },
    adjust: (config) => ({ ...config, server: { ...config.server, maxBodyBytes: 1000 } }),
  })
  const rateLimit = { is: 'status', status: 429, headers: { 'retry-after': '60' }, body: {} } as const
  const ask = (body: unknown, key = 'proxy'): Promise<Response> =>
    fetch(`${bench.url}/chat/completions`, {
      method: 'POST',
      headers: { origin: lite, 'x-api-key': keyText(key) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const expected: readonly (readonly [number, () => Promise<Response>])[] = [
    [200, () => ask({ model: 'alpha/m', ...hello })],
    [200, () => ask({ model: 'alpha/m', ...hello, stream: true })],
    [401, () => ask({ model: 'alpha/m', ...hello }, 'wrong')],
    [404, () => ask({ model: 'alpha-nowhere', ...hello })],
    [404, () => fetch(`${bench.url}/nothing`, { headers: { origin: lite } })],
    [405, () => fetch(`${bench.url}/chat/completions`, { headers: { origin: lite } })],
    [400, () => ask('{ not json')],
    [413, () => ask('x'.repeat(1001))],
    [
      429,
      () => {
        bench.upstream.script('*', rateLimit)
        return ask({ model: 'alpha/m', ...hello })
      },
    ],
  ]
  for (const [status, run] of expected) {
    const answer = await run()
    await answer.text()
    assert.equal(answer.status, status)
    assert.equal(answer.headers.get('access-control-allow-origin'), lite, String(status))
    const exposed = answer.headers.get('access-control-expose-headers') ?? ''
    for (const name of ['x-request-id', 'retry-after', 'x-keywheel-provider', 'server-timing']) assert.ok(exposed.includes(name), name)
  }
})
