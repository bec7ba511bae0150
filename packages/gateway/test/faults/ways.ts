/** The ways in which every fault is tried: two clients, providers of either dialect, whole and streamed, and what the client makes of it. */
import type { FaultTarget } from '@keywheel/simulator'
import type { ChatDialectName } from '../../src/domain/chat-dialects.ts'
import { eventsIn, keepsOrder } from '../anthropic-stand.ts'
import { at } from '../edge/read.ts'
import { hear } from './hear.ts'
import { RawCall } from './raw-call.ts'
import type { RawAnswer } from './raw-call.ts'
import { hearOut, openStand } from './stand.ts'
import type { Stand, StandGiven } from './stand.ts'
import type { TestContext } from 'node:test'

/** Whose words: a client's, a provider's, or those of a fault. */
export type Speech = 'openai' | 'anthropic'

export interface Way {
  readonly client: Speech
  readonly provider: Speech
  readonly stream: boolean
}

export interface HeardAnswer {
  readonly text: string
  /** The dialect's own end of an answer was there, and the connection was finished properly. */
  readonly ended: boolean
  readonly error: HeardError | undefined
}

export interface HeardError {
  readonly type: string
  readonly message: string
  /** OpenAI's clients only. */
  readonly code: string | null | undefined
}

export const speeches: readonly Speech[] = ['openai', 'anthropic']
const asked: Readonly<Record<FaultTarget, readonly boolean[]>> = { whole: [false], stream: [true], any: [false, true] }

export const everyWay: readonly Way[] = speeches.flatMap((client) =>
  speeches.flatMap((provider) => asked.any.map((stream) => ({ client, provider, stream }))),
)

/** Where both sides speak alike: each client, whole and streamed. */
export const straightWays: readonly Way[] = everyWay.filter(({ client, provider }) => client === provider)

/** Both clients, whole and streamed, in front of one provider. */
export function waysTo(speech: Speech): readonly Way[] {
  return everyWay.filter(({ provider }) => provider === speech)
}

/** A client in front of a provider of its own dialect. */
export function straight(speech: Speech, stream: boolean = false): Way {
  return { client: speech, provider: speech, stream }
}

export function suits(target: FaultTarget, { stream }: Way): boolean {
  return asked[target].includes(stream)
}

/** For titles. */
export const vendors: Readonly<Record<Speech, string>> = { openai: 'OpenAI’s', anthropic: 'Anthropic’s' }

/** For titles: `OpenAI’s client, Anthropic’s provider, streamed`. */
export function inWords({ client, provider, stream }: Way): string {
  return `${vendors[client]} client, ${vendors[provider]} provider, ${stream ? 'streamed' : 'whole'}`
}

const dialects: Readonly<Record<Speech, ChatDialectName>> = { openai: 'openai-chat', anthropic: 'anthropic-messages' }

export function openWay(t: TestContext, { provider }: Way, given: StandGiven = {}): Promise<Stand> {
  return openStand(t, { ...given, dialect: dialects[provider] })
}

const paths: Readonly<Record<Speech, string>> = { openai: '/v1/chat/completions', anthropic: '/v1/messages' }

/** The bytes that a client would send; `chain` unless a model is named. */
export function requestOf({ client, stream }: Way, body: object = {}): { path: string; body: object } {
  const messages = [{ role: 'user', content: 'hello' }]
  const limit = client === 'anthropic' ? { max_tokens: 100 } : {}
  return { path: paths[client], body: { model: 'chain', messages, ...limit, ...(stream && { stream }), ...body } }
}

export function begin(stand: Stand, way: Way, body: object = {}, headers: Readonly<Record<string, string>> = {}): RawCall {
  return new RawCall(stand.port, { ...requestOf(way, body), headers })
}

/** Asks and waits for the end. */
export function ask(stand: Stand, way: Way, body: object = {}): Promise<RawAnswer> {
  return hearOut(begin(stand, way, body), stand.clock)
}

/** What the client makes of an answer, whatever its status. Half an event, or a whole stream in a wrong order, throws. */
export function heardIn({ client, stream }: Way, answer: RawAnswer): HeardAnswer {
  if (stream && answer.status === 200) return client === 'openai' ? openAiStream(answer) : anthropicStream(answer)
  // As `fetch` reads it: without a byte order mark.
  const json: unknown = JSON.parse(new TextDecoder().decode(answer.body))
  const error = errorOf(json)
  return { text: error === undefined ? wholeText(client, json) : '', ended: answer.finished, error }
}

function openAiStream({ body, finished }: RawAnswer): HeardAnswer {
  const { text, done, error } = hear(body)
  return { text, ended: done && finished, error }
}

function anthropicStream({ body, finished }: RawAnswer): HeardAnswer {
  const events = eventsIn(body.toString())
  const stopped = events.some(({ type }) => type === 'message_stop')
  if (stopped) keepsOrder(events)
  return {
    text: events.map(({ delta }) => textIn(delta)).join(''),
    ended: stopped && finished,
    error: events.map((event) => (event.type === 'error' ? errorOf(event) : undefined)).find((error) => error !== undefined),
  }
}

function errorOf(json: unknown): HeardError | undefined {
  const error = at(json, 'error')
  if (typeof error !== 'object' || error === null) return undefined
  const code = at(error, 'code')
  return {
    type: String(at(error, 'type')),
    message: String(at(error, 'message')),
    code: typeof code === 'string' || code === null ? code : undefined,
  }
}

function wholeText(client: Speech, json: unknown): string {
  return String(client === 'openai' ? at(json, 'choices', 0, 'message', 'content') : at(json, 'content', 0, 'text'))
}

function textIn(delta: unknown): string {
  const text = at(delta, 'text')
  return typeof text === 'string' ? text : ''
}
