/** Sends a good answer to one call over one line. */
import type { AnswerPlan, AnswerStamp } from './answer-plan.ts'
import { planAnswer } from './answer-plan.ts'
import type { SeenCall } from './call.ts'
import type { Chance, SimulatorClock } from './clock.ts'
import { nextTurn } from './clock.ts'
import { embeddingsAnswer } from './embeddings.ts'
import { chunkOf, headOf, lastChunk } from './http-head.ts'
import { drawLatency } from './latency.ts'
import type { Line } from './line.ts'
import { messageAnswer, messageEvents } from './messages-answers.ts'
import type { AnswerReply, HeaderFields } from './reply.ts'
import { streamEvents } from './stream-events.ts'
import type { StreamShape } from './stream-events.ts'
import { field } from './unknown-json.ts'
import { chatAnswer, textAnswer } from './whole-answers.ts'

/** What a reply is sent with. */
export interface Sending {
  readonly call: SeenCall
  readonly line: Line
  readonly clock: SimulatorClock
  readonly chance: Chance
  /** Date, request id, announced limits and the like; the reply's own headers replace these. */
  readonly headers: HeaderFields
  /** Unique to this simulator. */
  readonly idSuffix: string
}

/** What a request is after, from the end of its path. */
export type Endpoint = 'chat' | 'text' | 'messages' | 'embeddings'

/** The endpoint of a path, whatever stands before it; undefined for one that is not served. */
export function endpointOf(path: string): Endpoint | undefined {
  const [plain = ''] = path.split('?')
  if (plain.endsWith('/chat/completions')) return 'chat'
  if (plain.endsWith('/completions')) return 'text'
  if (plain.endsWith('/messages')) return 'messages'
  return plain.endsWith('/embeddings') ? 'embeddings' : undefined
}

export async function sendAnswer(reply: AnswerReply, endpoint: Endpoint, sending: Sending): Promise<void> {
  const { call, line, clock, chance } = sending
  await line.wait(drawLatency(reply.firstByteMs, chance))
  if (endpoint === 'embeddings') return sendWhole(embeddingsAnswer(reply, call), reply, sending)
  const stamp: AnswerStamp = { id: `${prefixes[endpoint]}-${sending.idSuffix}-${call.number}`, wallNow: clock.wallNow() }
  const plan = planAnswer(reply, call, stamp)
  if (!call.stream) return sendWhole(wholeAnswers[endpoint](plan), reply, sending)
  return sendStream(plan, endpoint, { reply, sending })
}

type TextEndpoint = Exclude<Endpoint, 'embeddings'>

const prefixes: Readonly<Record<TextEndpoint, string>> = { chat: 'chatcmpl', text: 'cmpl', messages: 'msg' }
const wholeAnswers: Readonly<Record<TextEndpoint, (plan: AnswerPlan) => object>> = {
  chat: chatAnswer,
  text: textAnswer,
  messages: messageAnswer,
}

async function sendWhole(answer: object, reply: AnswerReply, { line, headers }: Sending): Promise<void> {
  const body = JSON.stringify(answer)
  const own = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  await line.write(headOf(200, own, headers, reply.headers) + body)
}

interface Streaming {
  readonly reply: AnswerReply
  readonly sending: Sending
}

async function sendStream(plan: AnswerPlan, endpoint: TextEndpoint, { reply, sending }: Streaming): Promise<void> {
  const { line, headers } = sending
  const own = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'transfer-encoding': 'chunked' }
  await line.write(headOf(200, own, headers, reply.headers))
  const events = together(textsOf(plan, endpoint, { reply, sending }), reply)
  const blocks = reply.everyMs === undefined ? gather(events) : events
  let due = sending.clock.now()
  let first = true
  for (const block of blocks) {
    // Each event is due a step after the one before it was due: a late timer does not push the rest back.
    if (!first) due += drawLatency(reply.everyMs, sending.chance)
    first = false
    await line.wait(due - sending.clock.now())
    await sendBlock(block, reply.chunkSize, line)
  }
  await line.write(lastChunk)
}

async function sendBlock(block: string, chunkSize: number | undefined, line: Line): Promise<void> {
  if (chunkSize === undefined) {
    await line.write(chunkOf(block))
    return
  }
  const bytes = Buffer.from(block)
  for (let from = 0; from < bytes.length; from += chunkSize) {
    await line.write(chunkOf(bytes.subarray(from, from + chunkSize)))
    await nextTurn()
  }
}

interface Texts {
  /** The events as they stand in the stream. */
  readonly texts: Iterable<string>
  /** What says that there are no more. */
  readonly terminator: string
}

function textsOf(plan: AnswerPlan, endpoint: TextEndpoint, { reply, sending }: Streaming): Texts {
  const { lineEnd: end = '\n' } = reply
  if (endpoint === 'messages') return { texts: messageTexts(plan, end), terminator: '' }
  const includeUsage = field(field(sending.call.json, 'stream_options'), 'include_usage') === true
  return { texts: chunkTexts(plan, { kind: endpoint, includeUsage }, end), terminator: `data: [DONE]${end}${end}` }
}

function* chunkTexts(plan: AnswerPlan, shape: StreamShape, end: string): Generator<string, void, undefined> {
  for (const event of streamEvents(plan, shape)) yield `data: ${event}${end}${end}`
}

function* messageTexts(plan: AnswerPlan, end: string): Generator<string, void, undefined> {
  for (const event of messageEvents(plan)) yield `event: ${event.type}${end}data: ${JSON.stringify(event)}${end}${end}`
}

/** Comments first; the terminator comes with the last event, as it does from real providers. */
function* together({ texts, terminator }: Texts, reply: AnswerReply): Generator<string, void, undefined> {
  const end = reply.lineEnd ?? '\n'
  let held = (reply.comments ?? []).map((comment) => `: ${comment}${end}${end}`).join('')
  for (const text of texts) {
    if (held !== '') yield held
    held = text
  }
  yield reply.done === false ? held : held + terminator
}

const blockCharacters = 16 * 1024

/** Joins what need not be paced into larger writes. */
function* gather(texts: Iterable<string>): Generator<string, void, undefined> {
  let block = ''
  for (const text of texts) {
    block += text
    if (block.length < blockCharacters) continue
    yield block
    block = ''
  }
  if (block !== '') yield block
}
