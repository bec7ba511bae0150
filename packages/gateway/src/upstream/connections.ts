/** Connections to providers: one undici pool per origin, kept alive, as many sockets as calls need. */
import { Client, Pool, buildConnector } from 'undici'
import type { Dispatcher } from 'undici'
import { noteSocket } from './network-failure.ts'

/** Milliseconds and bytes; undici's own defaults in brackets where they differ. */
const connectionLimits = {
  /** A socket idle for longer than this is not used again, unless the provider's hint says otherwise. */
  keepAliveMs: 4000,
  keepAliveMaxMs: 600_000,
  /** How long before the provider's own hint a socket is given up (2 s). */
  keepAliveThresholdMs: 4000,
  maxHeaderBytes: 16_384,
}

/** How connections are made; a simulation puts providers of its own in their place. */
export interface ConnectionWays {
  /** Shared by all calls to an origin. */
  pool(origin: string, connectTimeoutMs: number): Dispatcher
  /** For one call. */
  client(origin: string, connectTimeoutMs: number): Dispatcher
}

const overSockets: ConnectionWays = {
  pool: (origin, connectTimeoutMs) => new Pool(origin, { ...clientOptions(connectTimeoutMs), connections: null }),
  client: (origin, connectTimeoutMs) => new Client(origin, clientOptions(connectTimeoutMs)),
}

export class Connections {
  readonly #ways: ConnectionWays
  readonly #pools = new Map<string, Dispatcher>()

  constructor(ways: ConnectionWays = overSockets) {
    this.#ways = ways
  }

  /** The pool for an origin such as `https://api.groq.com`. */
  pool(origin: string, connectTimeoutMs: number): Dispatcher {
    const name = `${connectTimeoutMs} ${origin}`
    const known = this.#pools.get(name)
    if (known !== undefined) return known
    const pool = this.#ways.pool(origin, connectTimeoutMs)
    this.#pools.set(name, pool)
    return pool
  }

  /** A connection that nobody has used before, for a repeat after a stale one. The caller closes it. */
  fresh(origin: string, connectTimeoutMs: number): Dispatcher {
    return this.#ways.client(origin, connectTimeoutMs)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
    this.#pools.clear()
  }
}

/** Waiting is timed in exchange.ts, per call: undici's own timers are off. Redirects are never followed by `dispatch`. */
function clientOptions(connectTimeoutMs: number): Client.Options {
  return {
    allowH2: false,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: connectionLimits.keepAliveMs,
    keepAliveMaxTimeout: connectionLimits.keepAliveMaxMs,
    keepAliveTimeoutThreshold: connectionLimits.keepAliveThresholdMs,
    maxHeaderSize: connectionLimits.maxHeaderBytes,
    connect: connectorOf(connectTimeoutMs),
  }
}

/** undici's own, but that the error of a connection comes to know its socket. */
function connectorOf(connectTimeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: connectTimeoutMs, noDelay: true, allowH2: false })
  return (options, done) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return done(error, null)
      socket.prependListener('error', (broken: Error) => noteSocket(broken, socket))
      done(null, socket)
    })
  }
}
