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

export class Connections {
  readonly #pools = new Map<string, Pool>()

  /** The pool for an origin such as `https://api.groq.com`. */
  pool(origin: string, connectTimeoutMs: number): Dispatcher {
    const name = `${connectTimeoutMs} ${origin}`
    const known = this.#pools.get(name)
    if (known !== undefined) return known
    const pool = new Pool(origin, { ...clientOptions(connectTimeoutMs), connections: null })
    this.#pools.set(name, pool)
    return pool
  }

  /** A connection that nobody has used before, for a repeat after a stale one. The caller closes it. */
  fresh(origin: string, connectTimeoutMs: number): Client {
    return new Client(origin, clientOptions(connectTimeoutMs))
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
