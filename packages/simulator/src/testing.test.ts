/** Clients for the simulator's own tests. The name keeps this file out of what is built. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { openSimulator } from './simulator.ts'
import type { Simulator, SimulatorOptions } from './simulator.ts'

export async function open(t: TestContext, options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await openSimulator(options)
  t.after(() => simulator.close())
  return simulator
}

export interface Asking {
  readonly key?: string
  readonly path?: string
  readonly signal?: AbortSignal
}

/** A POST, by default of a chat. */
export function ask(
  simulator: Simulator,
  body: object = {},
  { key = 'a', path = '/chat/completions', signal }: Asking = {},
): Promise<Response> {
  return fetch(simulator.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-small', messages: [{ role: 'user', content: 'Say hello please' }], ...body }),
    redirect: 'manual',
    ...(signal === undefined ? {} : { signal }),
  })
}

/** The parsed `data:` payloads of a stream, `[DONE]` as a string. */
export function payloads(text: string): readonly unknown[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length))
    .map((data): unknown => (data === '[DONE]' ? data : JSON.parse(data)))
}

/** The text that the content deltas of a stream spell. */
export function spelt(text: string): string {
  return payloads(text)
    .map((event) => (event as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? '')
    .join('')
}

/** A request's bytes, for a socket. */
export function requestBytes(body: object = {}): string {
  const text = JSON.stringify({ model: 'sim-small', messages: [{ role: 'user', content: 'hi' }], ...body })
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

/** What a bare socket got, and how it ended. */
export interface Received {
  readonly bytes: Buffer
  readonly end: 'fin' | 'reset' | 'open'
}

/** Sends a request over a bare socket and reads until the connection ends or `enough` is content. */
export function receive(simulator: Simulator, body: object, enough: (bytes: Buffer) => boolean = () => false): Promise<Received> {
  return new Promise((resolve) => {
    const socket = connect(simulator.port, '127.0.0.1', () => socket.write(requestBytes(body)))
    const pieces: Buffer[] = []
    const settle = (end: Received['end']): void => {
      resolve({ bytes: Buffer.concat(pieces), end })
      socket.destroy()
    }
    socket.on('data', (piece) => {
      pieces.push(piece)
      if (enough(Buffer.concat(pieces))) settle('open')
    })
    socket.on('end', () => settle('fin'))
    socket.on('error', () => settle('reset'))
  })
}

/** Opens a bare socket. */
export function dial(simulator: Simulator): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(simulator.port, '127.0.0.1', () => resolve(socket))
  })
}
