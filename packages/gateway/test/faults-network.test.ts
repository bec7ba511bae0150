/** What keeps a call from reaching its provider at all: names, connections, certificates. Nothing was sent, so the next one is asked. */
import assert from 'node:assert/strict'
import dns from 'node:dns'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import tls from 'node:tls'
import { answer, closedPort, openSimulator } from '@keywheel/simulator'
import { certificateFor } from './faults/certificate.ts'
import type { Certified } from './faults/certificate.ts'
import { openDeafPort } from './faults/deaf-port.ts'
import { leaves, openStand } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { tellsOf } from './faults/tells.ts'
import { until } from './faults/until.ts'
import { ask, heardIn, inWords, waysTo } from './faults/ways.ts'
import type { Speech, Way } from './faults/ways.ts'

const atHome = '127.0.0.1'
/** Real time: undici looks at its own clock while it connects. */
const connectMs = 150

/** Provider alpha is at `baseUrl`; beta answers. */
function openAt(t: TestContext, baseUrl: string, repeats: boolean = false): Promise<Stand> {
  // What was never sent may be asked elsewhere, also where the owner wants no repeats.
  const settings = `retry: { max_attempts_per_key: 1, max_wait_ms: 0, repeat_unanswered: ${repeats} }\ntimeouts: { connect_ms: ${connectMs} }`
  return openStand(t, {
    settings,
    adjust: (config) => ({
      ...config,
      providers: config.providers.map((each) => (each.name === 'alpha' ? { ...each, baseUrl: `${baseUrl}/v1` } : each)),
    }),
  })
}

/** Both clients, whole and streamed. What the provider speaks does not come into it. */
const ways = waysTo('openai')

/** The next provider answers and nothing is noticed; without one it is `provider_unreachable`, in the client's words. */
async function isPassedOver(stand: Stand): Promise<void> {
  stand.beta.script('*', answer({ text: 'from beta' }))
  for (const way of ways) {
    await isNotNoticed(stand, way)
    await isTold(stand, way)
  }
  assert.equal(stand.key('a').totals.failures, 2 * ways.length)
  await leaves(stand, ...ways.flatMap(({ client }) => ['answered 200 seen', rowOf(client)]))
  await costsNothing(stand)
}

/** The same where undici takes up to a second to notice that a short time is over: side by side, and told to one of each client. */
async function isPassedOverInTime(stand: Stand): Promise<void> {
  stand.beta.script('*', answer({ text: 'from beta' }))
  const startedAt = performance.now()
  await Promise.all(ways.map((way) => isNotNoticed(stand, way)))
  assert.ok(performance.now() - startedAt < connectMs + 3000)
  for (const way of asking) await isTold(stand, way)
  await leaves(stand, ...ways.map(() => 'answered 200 seen'), ...asking.map(({ client }) => rowOf(client)))
  await costsNothing(stand)
}

const asking = ways.filter(({ stream }) => !stream)

function rowOf(client: Speech): string {
  return `failed ${tellsOf(client, 'unreachable').status} unreachable`
}

async function isNotNoticed(stand: Stand, way: Way): Promise<void> {
  assert.deepEqual(heardIn(way, await ask(stand, way)), { text: 'from beta', ended: true, error: undefined }, inWords(way))
}

async function isTold(stand: Stand, way: Way): Promise<void> {
  stand.clock.advance(600_000)
  const told = await ask(stand, way, { model: 'alpha/m' })
  const { status, type, code } = tellsOf(way.client, 'unreachable')
  const { error } = heardIn(way, told)
  assert.deepEqual([told.status, error?.type, error?.code], [status, type, code], inWords(way))
  assert.ok(Number(told.headers['retry-after']) >= 1)
  stand.clock.advance(600_000)
}

/** Nothing has left the house. */
async function costsNothing(stand: Stand): Promise<void> {
  assert.equal(stand.key('a').totals.successes, 0)
  for (const { attempts } of await stand.rows()) assert.match(attempts, /"reason":"unreachable"/)
}

type Lookup = (host: string, options: unknown, done: (error: Error | null, addresses?: readonly dns.LookupAddress[]) => void) => void

/** Names that end in `.test` are looked up here. */
function lookUpBy(t: TestContext, lookup: Lookup): void {
  const real: unknown = dns.lookup
  t.mock.method(dns, 'lookup', (host: string, options: unknown, done: Parameters<Lookup>[2]) => {
    if (host.endsWith('.test')) lookup(host, options, done)
    else if (typeof real === 'function') Reflect.apply(real, dns, [host, options, done])
  })
}

for (const code of ['ENOTFOUND', 'EAI_AGAIN'] as const) {
  test(`F01 a host that has no name (${code}): both clients, whole and streamed`, async (t) => {
    lookUpBy(t, (host, _options, done) => done(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code })))
    await isPassedOver(await openAt(t, 'http://nowhere.test'))
  })
}

test('F02 a name that is looked up for ever costs no more than connecting may, and only who asks for it: both clients, whole and streamed', async (t) => {
  let asked = 0
  lookUpBy(t, () => void asked++)
  const stand = await openAt(t, 'http://slow.test')
  const startedAt = performance.now()
  const slow = ways.map((way) => ask(stand, way))
  await until(() => asked > 0)
  for (const way of ways) assert.equal((await ask(stand, way, { model: 'beta/m' })).status, 200)
  for (const answered of await Promise.all(slow)) assert.equal(answered.headers['x-keywheel-provider'], 'beta')
  assert.ok(performance.now() - startedAt < connectMs + 3000)
})

test('F03 a name that has moved, its old host gone: the next call finds the new one: both clients, whole and streamed', async (t) => {
  const old = await openSimulator({ host: '127.0.0.1' })
  const moved = await openSimulator({ host: '127.0.0.2', port: old.port })
  t.after(() => Promise.all([old.close(), moved.close()]))
  old.script('*', answer({ text: 'the old one' }))
  moved.script('*', answer({ text: 'the new one' }))
  let address = '127.0.0.1'
  lookUpBy(t, (_host, _options, done) => done(null, [{ address, family: 4 }]))
  const stand = await openAt(t, `http://moving.test:${old.port}`)
  for (const way of ways) assert.equal(heardIn(way, await ask(stand, way)).text, 'the old one')
  await until(() => stand.gateway.keyring.inFlight === 0)
  address = '127.0.0.2'
  await old.close()
  for (const way of ways) assert.equal(heardIn(way, await ask(stand, way)).text, 'the new one')
  assert.equal(stand.key('a').totals.failures, 0)
})

test('F04 a refused connection: both clients, whole and streamed', async (t) => {
  await isPassedOver(await openAt(t, `http://${atHome}:${await closedPort()}`))
})

test('F05 a host that drops what is sent to it costs no more than connecting may: both clients, whole and streamed', async (t) => {
  await using deaf = await openDeafPort()
  await isPassedOverInTime(await openAt(t, `http://${atHome}:${deaf.port}`))
})

test('F07 a handshake that stalls costs no more than connecting may: both clients, whole and streamed', async (t) => {
  await isPassedOverInTime(await openAt(t, `https://${atHome}:${await listenFor(t, createServer())}`))
})

/** Takes TLS and lets what comes through it into the first provider; gives what has come. */
async function openTls(t: TestContext, stand: () => Stand, certified: Certified): Promise<{ port: number; received: () => string }> {
  let received = ''
  const server = tls.createServer({ ...certified, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    received += `[${String(socket.alpnProtocol)}]`
    const inner = connect(stand().alpha.port, '127.0.0.1')
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.pipe(inner).pipe(socket)
    for (const each of [socket, inner]) each.on('error', () => inner.destroy())
    socket.on('close', () => inner.destroy())
  })
  server.on('tlsClientError', () => undefined)
  return { port: await listenFor(t, server), received: () => received }
}

async function listenFor(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** From here on this process trusts the certificate, as it does those of its system. */
function trust(t: TestContext, { cert }: Certified): void {
  const usual = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...usual, cert])
  t.after(() => tls.setDefaultCACertificates(usual))
}

const localName = 'provider.test'

const badCertificates = {
  expired: { made: certificateFor({ host: localName, from: new Date(2020, 0), until: new Date(2021, 0) }), trusted: true },
  'not yet valid': { made: certificateFor({ host: localName, from: new Date(Date.now() + 86_400_000) }), trusted: true },
  'signed by nobody': { made: certificateFor({ host: localName }), trusted: false },
  'for another name': { made: certificateFor({ host: 'another.test' }), trusted: true },
} as const

for (const [what, { made, trusted }] of Object.entries(badCertificates)) {
  test(`F06 a certificate that is ${what}: neither key nor prompt is sent: both clients, whole and streamed`, async (t) => {
    lookUpBy(t, (_host, _options, done) => done(null, [{ address: atHome, family: 4 }]))
    if (trusted) trust(t, made)
    let stand: Stand | undefined
    const server = await openTls(t, () => stand ?? assert.fail('too early'), made)
    stand = await openAt(t, `https://${localName}:${server.port}`)
    await isPassedOver(stand)
    assert.equal(server.received().replaceAll(/\[[^\]]*\]/g, ''), '')
    assert.deepEqual(stand.alpha.calls, [])
  })
}

test('F22 a provider that would speak HTTP/2 is spoken to in HTTP/1.1, which knows no GOAWAY: both clients, whole and streamed', async (t) => {
  lookUpBy(t, (_host, _options, done) => done(null, [{ address: atHome, family: 4 }]))
  const made = certificateFor({ host: localName })
  trust(t, made)
  let stand: Stand | undefined
  const server = await openTls(t, () => stand ?? assert.fail('too early'), made)
  stand = await openAt(t, `https://${localName}:${server.port}`)
  stand.alpha.script('*', answer({ text: 'over TLS' }))
  for (const way of ways) assert.equal(heardIn(way, await ask(stand, way)).text, 'over TLS')
  assert.match(server.received(), /^\[http\/1\.1\]POST /)
})

/** Servers that break the handshake off, or speak something else on the port. */
const notTls: Readonly<Record<string, (socket: Socket) => void>> = {
  'F07 a handshake that is closed midway': (socket) => void socket.once('data', () => socket.end()),
  'F07 a handshake that is reset midway': (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  'F08 plain HTTP on the port of HTTPS': (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'F08 an SSH server on the port of HTTPS': (socket) => void socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'),
}

for (const [what, serve] of Object.entries(notTls)) {
  test(`${what}: both clients, whole and streamed`, async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      serve(socket)
    })
    await isPassedOver(await openAt(t, `https://${atHome}:${await listenFor(t, server)}`))
  })
}

test('F08 a provider that speaks TLS on the port of plain HTTP: both clients, whole and streamed', async (t) => {
  let stand: Stand | undefined
  const server = await openTls(t, () => stand ?? assert.fail('too early'), certificateFor({ host: localName }))
  // The request went out in the clear, and what came back is no answer.
  stand = await openAt(t, `http://${atHome}:${server.port}`, true)
  stand.beta.script('*', answer({ text: 'from beta' }))
  for (const way of ways) assert.equal(heardIn(way, await ask(stand, way)).text, 'from beta')
  assert.deepEqual(stand.alpha.calls, [])
})
