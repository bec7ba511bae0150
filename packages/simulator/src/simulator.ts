/** A scripted LLM provider on a real socket. */
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { Call } from './call.ts'
import type { SeenCall } from './call.ts'
import { systemChance, systemClock } from './clock.ts'
import type { Chance, SimulatorClock } from './clock.ts'
import { Connection } from './connection.ts'
import type { Host } from './connection.ts'
import type { KeyScript } from './key-script.ts'
import type { Reply } from './reply.ts'
import type { RawRequest } from './request-reader.ts'
import { ScriptBook } from './script-book.ts'
import type { Cue } from './script-book.ts'
import { modelList } from './whole-answers.ts'

export interface SimulatorOptions {
  /** Where to listen; 127.0.0.1 by default. */
  readonly host?: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** What `GET /models` lists; calls may name any model. */
  readonly models?: readonly string[]
  readonly clock?: SimulatorClock
  readonly chance?: Chance
  readonly keys?: Readonly<Record<string, KeyScript>>
  /** What keys not in `keys` get, and calls without a key; by default every call is answered. */
  readonly otherKeys?: KeyScript
  /** How many calls `calls` holds before it drops the oldest; all by default, which a long run should not afford. */
  readonly rememberCalls?: number
}

export interface Simulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1`. */
  readonly url: string
  readonly origin: string
  readonly port: number
  /** Every request seen, in order; the array lives on. */
  readonly calls: readonly SeenCall[]
  readonly openConnections: number
  readonly totalConnections: number
  /** Replies for a key, used in turn, of which the last one stays; `*` is every key without replies of its own. */
  script(key: string, ...replies: readonly Reply[]): void
  /** Resolves with the `count`-th call since the last `forgetCalls`, once it is there. */
  seen(count: number): Promise<SeenCall>
  forgetCalls(): void
  /** Cuts what is running and stops listening. */
  close(): Promise<void>
}

/** Opens a simulator; it listens when the promise resolves. */
export async function openSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  const { host = '127.0.0.1', port = 0 } = options
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return new ListeningSimulator(server, options)
}

const defaultModels = ['sim-small', 'sim-large'] as const

class ListeningSimulator implements Simulator, Host {
  readonly url: string
  readonly origin: string
  readonly port: number
  readonly clock: SimulatorClock
  readonly chance: Chance
  readonly calls: SeenCall[] = []
  readonly idSuffix: string
  readonly #server: Server
  readonly #book: ScriptBook
  readonly #models: readonly string[]
  readonly #connections = new Set<Connection>()
  readonly #awaited = new Set<{ readonly count: number; resolve(call: SeenCall): void }>()
  readonly #rememberCalls: number
  #totalConnections = 0
  #totalCalls = 0

  constructor(server: Server, options: SimulatorOptions) {
    const { address, port, family } = addressOf(server)
    this.port = port
    this.origin = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    this.url = `${this.origin}/v1`
    this.idSuffix = String(port)
    this.clock = options.clock ?? systemClock
    this.chance = options.chance ?? systemChance
    this.#models = options.models ?? defaultModels
    this.#book = new ScriptBook(options.keys ?? {}, options.otherKeys ?? {})
    this.#rememberCalls = options.rememberCalls ?? Infinity
    this.#server = server
    server.on('connection', (socket) => this.#connected(socket))
  }

  get openConnections(): number {
    return this.#connections.size
  }

  get totalConnections(): number {
    return this.#totalConnections
  }

  script(key: string, ...replies: readonly Reply[]): void {
    this.#book.script(key, replies)
  }

  async seen(count: number): Promise<SeenCall> {
    const call = this.calls[count - 1]
    if (call !== undefined) return call
    const { promise, resolve } = Promise.withResolvers<SeenCall>()
    this.#awaited.add({ count, resolve })
    return promise
  }

  forgetCalls(): void {
    this.calls.length = 0
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    for (const connection of this.#connections) connection.close()
    await closed
    this.#connections.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  arrived(request: RawRequest, connection: number): Call {
    const call = new Call(request, { number: ++this.#totalCalls, connection, at: this.clock.now() })
    this.calls.push(call)
    for (const waiting of this.#awaited) {
      if (waiting.count > this.calls.length) continue
      this.#awaited.delete(waiting)
      waiting.resolve(call)
    }
    if (this.calls.length > this.#rememberCalls) this.calls.shift()
    return call
  }

  cue(call: Call): Cue {
    if (call.method !== 'GET') return this.#book.cue(call, this.clock.now())
    return { reply: this.#book.refusalOf(call) ?? this.#looked(call.path), headers: [], release: () => undefined }
  }

  /** What may be looked at without a turn being taken. */
  #looked(path: string): Reply {
    if (!/\/models\/?(\?|$)/.test(path)) return { is: 'status', status: 404, body: notFound }
    return { is: 'status', status: 200, body: modelList(this.#models, Math.floor(this.clock.wallNow() / 1000)) }
  }

  #connected(socket: Socket): void {
    const connection = new Connection(socket, ++this.#totalConnections, this)
    this.#connections.add(connection)
    socket.once('close', () => this.#connections.delete(connection))
  }
}

const notFound = { error: { message: 'Unknown request URL.', type: 'invalid_request_error', param: null, code: 'unknown_url' } }

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a simulator listens on a port, not on a pipe')
  return address
}
