/** The one fetcher whose target a caller chooses, against servers on this machine and names that lead where they should not. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import { openMediaFetching } from './fetch-media.ts'
import type { MediaFetching, MediaRules } from './fetch-media.ts'
import { everywhere, publicOnly } from './public-address.ts'

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => void

interface Stand {
  readonly origin: string
  readonly seen: IncomingMessage[]
}

async function openServer(t: TestContext, handle: Handler): Promise<Stand> {
  const seen: IncomingMessage[] = []
  const server = createServer((incoming, outgoing) => {
    seen.push(incoming)
    handle(incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function open(t: TestContext, rules: Partial<MediaRules> = {}): MediaFetching {
  const fetching = openMediaFetching({ ...everywhere, userAgent: 'keywheel/test', ...rules })
  t.after(() => fetching.close())
  return fetching
}

const quiet = new AbortController().signal

async function refusalOf(fetching: MediaFetching, address: string, signal: AbortSignal = quiet): Promise<string> {
  const error: unknown = await fetching.fetch(address, signal).then(
    () => undefined,
    (why: unknown) => why,
  )
  assert.ok(error instanceof RefusedCall, String(error))
  assert.equal(error.failure.reason, 'bad-request')
  return error.message
}

const sendPng: Handler = (_incoming, outgoing) => void outgoing.writeHead(200, { 'content-type': 'text/plain' }).end(png)

test('an image is what its bytes are, whatever its server calls it', async (t) => {
  const { origin, seen } = await openServer(t, sendPng)
  const { mediaType, data } = await open(t).fetch(`${origin}/a.png?size=1`, quiet)
  assert.deepEqual({ mediaType, same: data.equals(png) }, { mediaType: 'image/png', same: true })
  const { host, ...headers } = seen[0]?.headers ?? {}
  assert.ok(host)
  assert.deepEqual(headers, { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'keywheel/test', connection: 'keep-alive' })
})

test('what has no mark of its own is what its server says, and an image without one is none', async (t) => {
  const { origin } = await openServer(t, ({ url }, outgoing) => {
    outgoing.writeHead(200, { 'content-type': url === '/notes' ? 'Text/Plain; charset=utf-8' : 'image/png' }).end('words')
  })
  assert.equal((await open(t).fetch(`${origin}/notes`, quiet)).mediaType, 'text/plain')
  assert.match(await refusalOf(open(t), `${origin}/image`), /no image\/png/)
})

test('only public addresses are reached, however they are written', async (t) => {
  const { origin, seen } = await openServer(t, sendPng)
  const { port } = new URL(origin)
  const fetching = open(t, publicOnly)
  for (const host of [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
  ]) {
    assert.match(await refusalOf(fetching, `https://${host}:${port}/secret`), /not on the public internet/, host)
  }
  assert.equal(seen.length, 0)
})

function v4(address: string): { address: string; family: number } {
  return { address, family: 4 }
}

test('a name that leads to a private address is refused, also where it leads to a public one beside', async (t) => {
  for (const found of [[v4('127.0.0.1')], [v4('8.8.8.8'), v4('10.0.0.1')], [{ address: '::ffff:127.0.0.1', family: 6 }]]) {
    const asked: string[] = []
    const fetching = open(t, {
      ...publicOnly,
      lookUp: (host, done) => {
        asked.push(host)
        done(null, found)
      },
    })
    assert.match(await refusalOf(fetching, 'https://pictures.example/a.png'), /pictures\.example.*not on the public internet/)
    assert.deepEqual(asked, ['pictures.example'])
  }
})

test('a name that nobody knows is told as a server that cannot be reached', async (t) => {
  // Too long a label to be asked for: the system says so without a network.
  const refusal = await refusalOf(open(t), `https://${'a'.repeat(64)}.example/i.png`)
  assert.match(refusal, /its server cannot be reached/)
})

test('the connection goes to the address that was checked, and the name is not looked up again', async (t) => {
  const { origin, seen } = await openServer(t, sendPng)
  let asked = 0
  const lookUp: MediaRules['lookUp'] = (_host, done) => {
    asked++
    done(null, [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }])
  }
  await open(t, { lookUp }).fetch(`http://pictures.example:${new URL(origin).port}/a.png`, quiet)
  assert.deepEqual({ asked, host: seen[0]?.headers.host }, { asked: 1, host: `pictures.example:${new URL(origin).port}` })
})

test('unencrypted addresses, other schemes and addresses with a password are refused', async (t) => {
  const fetching = open(t, publicOnly)
  for (const address of ['http://example.org/a.png', 'file:///etc/passwd', 'ftp://example.org/a', 'gopher://example.org:6379/_x']) {
    assert.match(await refusalOf(fetching, address), /only https/, address)
  }
  assert.match(await refusalOf(fetching, 'https://user:secret@example.org/a.png'), /at example\.org .*password/)
  assert.match(await refusalOf(fetching, 'not a url'), /no URL/)
})

test('redirects are followed a few times, and each is checked like any other address', async (t) => {
  const { origin } = await openServer(t, (incoming, outgoing) => {
    const left = Number(/\d+/.exec(incoming.url ?? '')?.[0])
    if (left === 0) return sendPng(incoming, outgoing)
    outgoing.writeHead(302, { location: incoming.url === '/9' ? 'file:///etc/passwd' : `/${left - 1}` }).end('elsewhere')
  })
  assert.equal((await open(t).fetch(`${origin}/3`, quiet)).mediaType, 'image/png')
  assert.match(await refusalOf(open(t), `${origin}/4`), /redirects too often/)
  assert.match(await refusalOf(open(t), `${origin}/9`), /only https/)
})

test('a server that may be reached cannot redirect to one that may not, by address or by name', async (t) => {
  const inner = await openServer(t, sendPng)
  const { port } = new URL(inner.origin)
  for (const location of [`http://127.0.0.2:${port}/`, `http://inner.example:${port}/`]) {
    const outer = await openServer(t, (_incoming, outgoing) => void outgoing.writeHead(307, { location }).end())
    // In this test 127.0.0.1 is the internet.
    const fetching = open(t, {
      reaches: (address) => address === '127.0.0.1',
      lookUp: (host, done) => done(null, [{ address: host === 'inner.example' ? '127.0.0.2' : '127.0.0.1', family: 4 }]),
    })
    assert.match(await refusalOf(fetching, `http://outer.example:${new URL(outer.origin).port}/`), /not on the public internet/)
    assert.equal(outer.seen.length, 1)
  }
  assert.equal(inner.seen.length, 0)
})

for (const [what, handle, why] of [
  ['a missing image', (_incoming, outgoing) => void outgoing.writeHead(404).end(), /status 404/],
  ['an empty answer', (_incoming, outgoing) => void outgoing.writeHead(200).end(), /empty/],
  ['a compressed answer', (_incoming, outgoing) => void outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end('x'), /compressed/],
  [
    'one that says that it is too large',
    (_incoming, outgoing) => outgoing.writeHead(200, { 'content-length': '99999999' }).flushHeaders(),
    /20 MB/,
  ],
  ['one that is too large', (_incoming, outgoing) => void outgoing.writeHead(200).end(Buffer.alloc(20 * 1024 * 1024 + 1)), /20 MB/],
  ['a server that hangs up', ({ socket }) => void socket.destroy(), /cannot be reached/],
] as const satisfies readonly (readonly [string, Handler, RegExp])[]) {
  test(`${what} is refused, naming the host and nothing else of the address`, async (t) => {
    const { origin } = await openServer(t, handle)
    const message = await refusalOf(open(t), `${origin}/private/path?token=hidden`)
    assert.match(message, why)
    assert.ok(message.includes(new URL(origin).host) && !message.includes('hidden') && !message.includes('path'), message)
  })
}

test('who waits can leave', async (t) => {
  const { origin, seen } = await openServer(t, () => undefined)
  const leaving = new AbortController()
  const refusal = refusalOf(open(t), `${origin}/slow`, leaving.signal)
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
  leaving.abort()
  assert.match(await refusal, /did not come in time/)
})
