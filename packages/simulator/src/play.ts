/** Plays a reply: the one place that knows what each kind of reply and each step of raw bytes does. */
import type { Socket } from 'node:net'
import { nextTurn } from './clock.ts'
import { headOf } from './http-head.ts'
import { drawLatency } from './latency.ts'
import type { HeaderFields, Reply, StatusReply, Step } from './reply.ts'
import { endpointOf, sendAnswer } from './send-answer.ts'
import type { Sending } from './send-answer.ts'

/** What became of the connection: it can carry another request, or the reply has ended it. */
export type Played = 'kept' | 'ended'

export async function play(reply: Reply, sending: Sending, socket: Socket): Promise<Played> {
  if (reply.is === 'wire') return (await playSteps(reply.steps, sending, socket)) ?? 'kept'
  const endpoint = endpointOf(sending.call.path)
  if (reply.is === 'status') await sendStatus(reply, sending)
  else if (endpoint === undefined) await sendStatus(unknownPath, sending)
  else await sendAnswer(reply, endpoint, sending)
  return 'kept'
}

const unknownPath: StatusReply = {
  is: 'status',
  status: 404,
  body: { error: { message: 'Unknown request URL.', type: 'invalid_request_error', param: null, code: 'unknown_url' } },
}

async function sendStatus(reply: StatusReply, { line, clock, chance, headers }: Sending): Promise<void> {
  await line.wait(drawLatency(reply.afterMs, chance))
  const body = bodyOf(reply)
  const length = reply.status === 204 || reply.status === 304 ? undefined : { 'content-length': String(Buffer.byteLength(body)) }
  const type = isJson(reply) ? { 'content-type': 'application/json' } : undefined
  const head = headOf(reply.status, type, length, headers, headersOf(reply, clock.wallNow()))
  await line.write(typeof body === 'string' ? head + body : Buffer.concat([Buffer.from(head), body]))
}

function isJson({ body }: StatusReply): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array)
}

function bodyOf({ body = '' }: StatusReply): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
}

function headersOf({ headers }: StatusReply, wallNow: number): HeaderFields | undefined {
  return typeof headers === 'function' ? headers(wallNow) : headers
}

/** Undefined where the steps ran out, which a `repeat` goes on from. */
async function playSteps(steps: readonly Step[], sending: Sending, socket: Socket): Promise<Played | undefined> {
  for (const step of steps) {
    const played = step.do === 'repeat' ? await playRepeat(step, sending, socket) : await playStep(step, sending, socket)
    if (played !== undefined) return played
  }
  return undefined
}

async function playRepeat(step: Step & { do: 'repeat' }, sending: Sending, socket: Socket): Promise<Played | undefined> {
  const times = step.times ?? Infinity
  for (let time = 0; time < times; time++) {
    const played = await playSteps(step.steps, sending, socket)
    if (played !== undefined) return played
  }
  return undefined
}

async function playStep(step: Exclude<Step, { do: 'repeat' }>, { line }: Sending, socket: Socket): Promise<Played | undefined> {
  switch (step.do) {
    case 'write':
      await line.write(step.bytes)
      break
    case 'wait':
      await line.wait(step.ms)
      break
    case 'flush':
      await nextTurn()
      break
    case 'hold':
      await line.hold(step.until)
      break
    case 'stall':
      await line.stall()
      break
    case 'fin':
      socket.end()
      return 'ended'
    case 'reset':
      // RST discards what the kernel has not sent yet; the turn lets the bytes before it reach the client first.
      await nextTurn()
      socket.resetAndDestroy()
      return 'ended'
    case 'keep':
      return 'kept'
  }
  return undefined
}
