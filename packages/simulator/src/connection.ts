/** One client's socket: reads its requests one after another and plays the reply to each. */
import type { Socket } from 'node:net'
import type { Call } from './call.ts'
import type { Chance, SimulatorClock } from './clock.ts'
import { headerPairs } from './http-head.ts'
import { ClientLeft, Line } from './line.ts'
import { play } from './play.ts'
import type { HeaderFields, Reply } from './reply.ts'
import { RequestReader, UnreadableRequest } from './request-reader.ts'
import type { RawRequest } from './request-reader.ts'
import type { Cue } from './script-book.ts'

/** What a connection needs from the simulator it belongs to. */
export interface Host {
  readonly clock: SimulatorClock
  readonly chance: Chance
  /** Notes the request as a call. */
  arrived(request: RawRequest, connection: number): Call
  cue(call: Call): Cue
  /** Unique to the simulator, for the ids of its answers. */
  readonly idSuffix: string
}

export class Connection {
  readonly #socket: Socket
  readonly #number: number
  readonly #host: Host
  readonly #line: Line
  readonly #reader: RequestReader
  #call: Call | undefined
  #serving = false
  #onReuse: 'reset' | 'fin' | undefined

  constructor(socket: Socket, number: number, host: Host) {
    this.#socket = socket
    this.#number = number
    this.#host = host
    this.#line = new Line(socket, host.clock)
    this.#reader = new RequestReader(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'))
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.#received(bytes))
    // A client that has closed its half is taken to have left, as a browser or an aborted fetch has.
    socket.on('end', () => this.#left())
    socket.on('close', () => this.#left())
    socket.on('error', () => this.#left())
  }

  /** The simulator closes: whatever is running is cut. */
  close(): void {
    this.#call?.end('broken')
    this.#socket.destroy()
    this.#line.leave()
  }

  #left(): void {
    this.#call?.end('client-closed')
    this.#line.leave()
  }

  #received(bytes: Buffer): void {
    if (this.#onReuse !== undefined && !this.#serving) {
      if (this.#onReuse === 'reset') this.#socket.resetAndDestroy()
      else this.#socket.end()
      return
    }
    this.#reader.push(bytes)
    if (!this.#serving) void this.#serve()
  }

  async #serve(): Promise<void> {
    this.#serving = true
    try {
      for (let request = this.#reader.next(); request !== undefined; request = this.#reader.next()) await this.#answer(request)
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#serving = false
    }
  }

  #fail(error: unknown): void {
    if (error instanceof ClientLeft) return
    if (error instanceof UnreadableRequest) {
      this.#socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      return
    }
    // A script of the user's own threw: break the connection, and let the process tell them.
    this.#call?.end('broken')
    this.#socket.destroy()
    throw error
  }

  async #answer(request: RawRequest): Promise<void> {
    const call = this.#host.arrived(request, this.#number)
    this.#call = call
    const cue = this.#host.cue(call)
    const { clock, chance, idSuffix } = this.#host
    try {
      const headers = this.#headers(call, request.keepAlive, cue.headers)
      const played = await play(cue.reply, { call, line: this.#line, clock, chance, headers, idSuffix }, this.#socket)
      call.end(played === 'kept' ? 'answered' : 'broken')
    } finally {
      cue.release()
    }
    this.#onReuse = onReuseOf(cue.reply)
    if (!request.keepAlive) this.#socket.end()
  }

  #headers(call: Call, keepAlive: boolean, more: HeaderFields): HeaderFields {
    const fields: (readonly [string, string])[] = [
      ['date', new Date(this.#host.clock.wallNow()).toUTCString()],
      ['x-request-id', `req-${this.#host.idSuffix}-${call.number}`],
      ...headerPairs(more),
    ]
    return keepAlive ? fields : [...fields, ['connection', 'close']]
  }
}

function onReuseOf(reply: Reply): 'reset' | 'fin' | undefined {
  return reply.is === 'answer' ? reply.thenOnReuse : undefined
}
