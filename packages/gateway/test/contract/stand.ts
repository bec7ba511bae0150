/** Every dialect of providers behind one gateway, each played byte by byte, and every dialect of callers in front of it. */
import { existsSync, readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { ManualClock } from '@keywheel/keyring'
import type { Reply, Step } from '@keywheel/simulator'
import type { CanonicalAnswer } from '../../src/dialects/canonical/answer.ts'
import { collect } from '../../src/dialects/canonical/collect.ts'
import type { StreamReader } from '../../src/dialects/dialect.ts'
import { dialectOf } from '../../src/dialects/list.ts'
import type { ChatDialectName } from '../../src/domain/chat-dialects.ts'
import type { DialectName } from '../../src/domain/operation.ts'
import type { TranslationTarget } from '../../src/domain/quirks.ts'
import { openBench } from '../harness.ts'
import type { Bench } from '../harness.ts'

export type CallerDialect = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini-generate' | 'ollama-chat' | 'kobold'

export const callerDialects: readonly CallerDialect[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini-generate',
  'ollama-chat',
  'kobold',
]

export interface ContractBench extends Bench {
  readonly clock: ManualClock
}

/** One provider that speaks this dialect, asked for as `probe`: the only model there is, and so the one that KoboldAI's callers get. */
export async function openContract(t: TestContext, dialect: ChatDialectName): Promise<ContractBench> {
  const clock = new ManualClock(Date.now())
  const yaml = `providers:\n${providerLine(dialect)}virtual_models:\n  probe: { fallback_chain: [{ provider: box, model: probe }] }\n`
  return { ...(await openBench(t, { providers: { box: {} }, yaml, clock, chance: () => 0 })), clock }
}

/** Bedrock's keys are pairs. */
function providerLine(dialect: ChatDialectName): string {
  const key = dialect === 'bedrock-converse' ? 'AKIDEXAMPLE0123456789:secret-0123456789abcdef' : 'key-a-0123456789abcdef'
  const region = dialect === 'bedrock-converse' ? ', variables: { region: eu-central-1 }' : ''
  return `  box: { base_url: "\${BOX_URL}", dialect: ${dialect}, keys: ["${key}"]${region} }\n`
}

export function fileOf(dialect: string, name: string): Buffer {
  return readFileSync(new URL(`${dialect}/${name}`, import.meta.url))
}

export function hasFile(dialect: string, name: string): boolean {
  return existsSync(new URL(`${dialect}/${name}`, import.meta.url))
}

const streamTypes: Readonly<Partial<Record<ChatDialectName, string>>> = {
  'bedrock-converse': 'application/vnd.amazon.eventstream',
  'ollama-chat': 'application/x-ndjson',
}

/** The vendor's answer as it stands in a file; streams come in pieces of 7 bytes, which cut everything that can be cut. */
export function answerFrom(dialect: ChatDialectName, name: string, stream: boolean): Reply {
  if (!stream)
    return { is: 'status', status: 200, headers: { 'content-type': 'application/json' }, body: fileOf(dialect, `${name}.json`).toString() }
  const type = streamTypes[dialect] ?? 'text/event-stream; charset=utf-8'
  const head: Step = { do: 'write', bytes: `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n` }
  const bytes = fileOf(dialect, `${name}.stream`)
  const steps: Step[] = [head]
  for (let at = 0; at < bytes.length; at += 7) {
    const piece = bytes.subarray(at, at + 7)
    steps.push({ do: 'write', bytes: Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]) })
  }
  return { is: 'wire', steps: [...steps, { do: 'write', bytes: '0\r\n\r\n' }, { do: 'keep' }] }
}

export function errorFrom(dialect: ChatDialectName): Reply {
  const { status, headers, body } = JSON.parse(fileOf(dialect, 'error.json').toString()) as {
    status: number
    headers: Record<string, string>
    body: object
  }
  return { is: 'status', status, headers, body }
}

export function targetIn(dialect: DialectName): TranslationTarget {
  return { provider: 'p', model: 'probe', dialect, keyId: 'k', quirks: {} }
}

/** What a whole answer of a dialect says, read by that dialect's own reader. */
export function readWhole(dialect: DialectName, body: Buffer): CanonicalAnswer {
  const read = providerSideOf(dialect).readAnswer(body, { dialect }, targetIn(dialect))
  if (read.failure !== undefined) throw new Error(`${dialect}: ${read.failure.message}: ${body.toString()}`)
  return read.answer
}

export interface ReadStream {
  readonly answer: CanonicalAnswer
  readonly reader: StreamReader
}

/** What a stream of a dialect says. */
export function readStream(dialect: DialectName, bytes: Buffer): ReadStream {
  const reader = providerSideOf(dialect).openReader({ dialect }, targetIn(dialect))
  const events = [...reader.take(bytes), ...reader.end()]
  return { answer: collect(events), reader }
}

function providerSideOf(dialect: DialectName): NonNullable<ReturnType<typeof dialectOf>['provider']> {
  const { provider } = dialectOf(dialect)
  if (provider === undefined) throw new Error(`${dialect} has no provider side`)
  return provider
}
