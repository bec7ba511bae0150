/**
 * Every dialect of callers in front of every dialect of providers, whole and streamed: what the caller hears is what the
 * provider said, and what the provider was asked is what the caller asked. Answers are the vendors' own wire forms.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanonicalAnswer } from '../src/dialects/canonical/answer.ts'
import type { CanonicalRequest } from '../src/dialects/canonical/request.ts'
import { bareAsk } from '../src/dialects/dialect.ts'
import { dialectOf } from '../src/dialects/list.ts'
import { chatDialects } from '../src/domain/chat-dialects.ts'
import type { ChatDialectName } from '../src/domain/chat-dialects.ts'
import { ask, callers } from './contract/callers.ts'
import type { Heard } from './contract/callers.ts'
import { answerFrom, callerDialects, errorFrom, fileOf, openContract, readStream, readWhole } from './contract/stand.ts'
import type { CallerDialect, ContractBench } from './contract/stand.ts'

const png = 'iVBORw0KGgo'
/** KoboldAI knows neither tools nor thinking. */
const plainOnly: ReadonlySet<CallerDialect> = new Set(['kobold'])

for (const provider of chatDialects) {
  test(`a provider that speaks ${provider}`, async (t) => {
    const bench = await openContract(t, provider)
    for (const caller of callerDialects) {
      for (const stream of [false, true]) {
        await t.test(`answers ${caller}, ${stream ? 'streamed' : 'whole'}`, async () => {
          await checkAnswers({ bench, caller, provider, stream })
        })
      }
    }
  })
}

interface Pair {
  readonly bench: ContractBench
  readonly caller: CallerDialect
  readonly provider: ChatDialectName
  readonly stream: boolean
}

async function checkAnswers(pair: Pair): Promise<void> {
  await checkText(pair)
  await checkImage(pair)
  await checkErrorBefore(pair)
  await checkErrorAfter(pair)
  if (plainOnly.has(pair.caller)) return
  await checkTools(pair)
  await checkParallelTools(pair)
  await checkToolLoop(pair)
  await checkReasoning(pair)
}

async function hear({ bench, caller, provider, stream }: Pair, request: string, file: string): Promise<Heard> {
  bench.upstream.script('*', answerFrom(provider, file, stream))
  const heard = await ask(bench, { caller, request, stream })
  assert.equal(heard.status, 200, `${file}: ${heard.body.toString()}`)
  assert.ok(!heard.brokenOff, `${file} broke off: ${heard.body.toString()}`)
  return heard
}

/** What the provider said, by its own reader. */
function said({ provider, stream }: Pair, file: string): CanonicalAnswer {
  return stream ? readStream(provider, fileOf(provider, `${file}.stream`)).answer : readWhole(provider, fileOf(provider, `${file}.json`))
}

function textIn({ blocks }: CanonicalAnswer): string {
  return blocks.map((block) => (block.is === 'text' ? block.text : '')).join('')
}

function reasoningIn({ blocks }: CanonicalAnswer): string {
  return blocks.map((block) => (block.is === 'reasoning' ? block.text : '')).join('')
}

function callsIn({ blocks }: CanonicalAnswer): { name: string; given: unknown; id: string }[] {
  return blocks.flatMap((block) =>
    block.is === 'tool-call' ? [{ name: block.name, given: JSON.parse(block.argumentsText) as unknown, id: block.id }] : [],
  )
}

/** The classes that every dialect can tell apart, or at least their sums. */
function countsIn({ usage }: CanonicalAnswer): readonly (number | undefined)[] {
  if (usage === undefined) return []
  return [usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens, usage.outputTokens]
}

async function checkText(pair: Pair): Promise<void> {
  const answer = callers[pair.caller].read(await hear(pair, 'text', 'text'), pair.stream)
  assert.equal(textIn(answer), 'Grüße 👋🏽 from the model.')
  assert.equal(answer.finish, 'stop')
  const counts = countsIn(said(pair, 'text'))
  assert.equal(counts[1], 9)
  if (!plainOnly.has(pair.caller)) assert.deepEqual(countsIn(answer), counts)
}

async function checkTools(pair: Pair): Promise<void> {
  const answer = callers[pair.caller].read(await hear(pair, 'tools', 'tools'), pair.stream)
  assert.equal(textIn(answer), textIn(said(pair, 'tools')))
  assert.deepEqual(
    callsIn(answer).map(({ name, given }) => ({ name, given })),
    [{ name: 'get_weather', given: { city: 'Zürich', unit: 'c' } }],
  )
  assert.equal(answer.finish, 'tool-calls')
  const [tool] = askedOf(pair)?.tools ?? []
  if (tool !== undefined)
    assert.ok(tool.is === 'function' && tool.name === 'get_weather' && JSON.stringify(tool.parameters).includes('city'))
}

async function checkParallelTools(pair: Pair): Promise<void> {
  const calls = callsIn(callers[pair.caller].read(await hear(pair, 'tools', 'parallel-tools'), pair.stream))
  assert.deepEqual(
    calls.map(({ given }) => given),
    [{ city: 'Zürich' }, { city: 'Oslo' }],
  )
  assert.notEqual(calls[0]?.id, calls[1]?.id)
}

/** The second turn of a tool loop: the provider gets the call, the result behind it, and one id for both. */
async function checkToolLoop(pair: Pair): Promise<void> {
  await hear(pair, 'tool-loop', 'text')
  assert.match(sentTo(pair), /7 °C, rain/)
  const asked = askedOf(pair)
  if (asked === undefined) return
  const call = asked.turns.flatMap((turn) => (turn.role === 'assistant' ? turn.blocks : [])).find(({ is }) => is === 'tool-call')
  const [result] = asked.turns.flatMap((turn) => (turn.role === 'tool' ? turn.results : []))
  assert.ok(call?.is === 'tool-call' && result !== undefined)
  assert.deepEqual(JSON.parse(call.argumentsText), { city: 'Zürich', unit: 'c' })
  assert.equal(result.callId, call.id)
}

async function checkReasoning(pair: Pair): Promise<void> {
  const answer = callers[pair.caller].read(await hear(pair, 'reasoning', 'reasoning'), pair.stream)
  assert.equal(textIn(answer), 'Hello!')
  assert.equal(reasoningIn(answer), reasoningIn(said(pair, 'reasoning')))
}

async function checkImage(pair: Pair): Promise<void> {
  await hear(pair, 'image', 'text')
  assert.ok(sentTo(pair).includes(png), 'the image has not arrived')
  assert.match(sentTo(pair), /What is on this picture\?/)
}

async function checkErrorBefore(pair: Pair): Promise<void> {
  pair.bench.upstream.script('*', errorFrom(pair.provider))
  const heard = await ask(pair.bench, { ...pair, request: 'text' })
  assert.equal(heard.status, pair.caller === 'kobold' ? 503 : 429, heard.body.toString())
  assert.match(heard.headers.get('content-type') ?? '', /json/)
  const message = callers[pair.caller].errorMessage(JSON.parse(heard.body.toString()) as Record<string, unknown>)
  assert.match(String(message), /probe/)
  awaken(pair)
}

/** The stream has begun: what came stays, the error is told in the caller's dialect, and the connection ends unfinished. */
async function checkErrorAfter(pair: Pair): Promise<void> {
  if (!pair.stream) return
  pair.bench.upstream.script('*', answerFrom(pair.provider, 'broken', true))
  const heard = await ask(pair.bench, { ...pair, request: 'text' })
  assert.equal(heard.status, 200)
  assert.ok(heard.brokenOff, heard.body.toString())
  assert.match(heard.body.toString(), callers[pair.caller].streamError)
  assert.doesNotMatch(heard.body.toString(), /\[DONE\]|message_stop|response\.completed|"done":true/)
  awaken(pair)
}

/** Keys rest after what was done to them here; the next check wants them rested. */
function awaken({ bench }: Pair): void {
  bench.clock.advance(3_600_000)
}

/** The body of the provider's latest call, with its escapes undone. */
function sentTo({ bench }: Pair): string {
  const body = bench.upstream.calls.at(-1)?.body.toString() ?? ''
  return JSON.stringify(JSON.parse(body))
}

/** The same as a request, where the provider's dialect is one that callers speak too. */
function askedOf({ bench, provider, stream }: Pair): CanonicalRequest | undefined {
  const dialect = dialectOf(provider)
  const body = Buffer.from(sentTo({ bench } as Pair))
  return dialect.caller?.readRequest(dialect.sketch(body, { ...bareAsk, model: 'probe', stream }))
}
