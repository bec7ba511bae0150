/** Recorded answers of all providers, translated, and put together by the official SDKs of OpenAI and Anthropic. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { OpenAI } from 'openai'
import type { DialectName } from '../src/domain/operation.ts'
import { withoutRecordings } from '../src/dialects/harness.test.ts'
import { recordedStreams } from '../src/dialects/recorded/recorded-answers.test.ts'
import type { RecordedAnswer } from '../src/dialects/recorded/recorded-answers.test.ts'
import { parsed } from '../src/dialects/recorded/json.test.ts'
import { toldBy } from '../src/dialects/recorded/told-by-provider.test.ts'
import type { ToldCall } from '../src/dialects/recorded/told-by-provider.test.ts'
import { bridgeFor, callers, run, spoken, unusable } from '../src/dialects/recorded/translated-answer.test.ts'

interface Understood {
  readonly text: string
  readonly calls: readonly ToldCall[]
}

/** Puts an answer together, or throws what the SDK throws. */
type Sdk = (fetch: typeof globalThis.fetch) => Promise<Understood>

const model = 'm'
const messages = [{ role: 'user' as const, content: 'Hello.' }]

const sdks: Readonly<Partial<Record<DialectName, Sdk>>> = {
  'openai-chat': async (fetch) => {
    const sdk = new OpenAI({ apiKey: 'x', maxRetries: 0, fetch })
    const { choices } = await sdk.chat.completions.stream({ model, messages }).finalChatCompletion()
    const message = choices[0]?.message
    const calls = (message?.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : []))
    return {
      text: (message?.content ?? '') + (message?.refusal ?? ''),
      calls: calls.map((call) => ({ name: call.name, given: parsed(call.arguments) })),
    }
  },
  'openai-responses': async (fetch) => {
    const sdk = new OpenAI({ apiKey: 'x', maxRetries: 0, fetch })
    const response = await sdk.responses.stream({ model, input: 'Hello.' }).finalResponse()
    // This SDK hands a failed answer over and leaves its status to the caller.
    if (response.status === 'failed') throw new Error(response.error?.message)
    const calls = response.output.filter((item) => item.type === 'function_call')
    const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []))
    return {
      text: parts.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join(''),
      calls: calls.map((call) => ({ name: call.name, given: parsed(call.arguments) })),
    }
  },
  'anthropic-messages': async (fetch) => {
    const sdk = new Anthropic({ apiKey: 'x', maxRetries: 0, fetch })
    const { content } = await sdk.messages.stream({ model, messages, max_tokens: 1000 }).finalMessage()
    return {
      text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      calls: content.flatMap((block) => (block.type === 'tool_use' ? [{ name: block.name, given: block.input }] : [])),
    }
  },
}

function answering(text: string): typeof globalThis.fetch {
  return () => Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } }))
}

for (const caller of callers) {
  const sdk = sdks[caller.name]
  if (sdk === undefined) continue

  test(`the SDK of ${caller.name} puts together what recorded streams say`, { skip: withoutRecordings }, async (t) => {
    for (const recording of spoken(recordedStreams())) {
      await t.test(recording.id, async () => {
        const { out, failure } = run(caller, bridgeFor(caller, recording), [recording.bytes])
        const understood = sdk(answering(out))
        if (failure !== undefined) return assert.rejects(understood)
        const { text, calls } = await understood
        const told = toldOf(recording)
        assert.equal(text, told.text + told.refusal)
        assert.deepEqual(calls.map(whole), told.calls.map(whole))
      })
    }
  })
}

function toldOf(recording: RecordedAnswer): ReturnType<typeof toldBy> {
  assert.equal(unusable[recording.id], undefined)
  return toldBy(recording.dialect, recording.events(recording.bytes))
}

/** Arguments that the model left unfinished are mended by one SDK and left alone by the other. */
function whole({ name, given }: ToldCall, place: number, calls: readonly ToldCall[]): unknown {
  return place === calls.length - 1 ? { name } : { name, given }
}
