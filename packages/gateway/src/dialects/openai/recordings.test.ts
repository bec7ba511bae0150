import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareAsk } from '../dialect.ts'
import { hear, piecesOf, recorded, recordings, streamOf, withoutRecordings } from '../harness.test.ts'
import type { Recording } from '../harness.test.ts'
import { openAiChat } from '../openai-chat/index.ts'
import { isRecord, parseJson } from '../wire.ts'

/** Recordings of streams in which the provider reports an error. */
const broken: Readonly<Record<string, string>> = {
  'gpustack/openai-chat/mid-stream-error-field': 'upstream-broken',
  'groq/openai-chat/tool-use-failed-mid-stream-t1': 'bad-request',
  'openrouter/openai-chat/error-chunk-mid-stream': 'bad-request',
}

/** Recorded errors and what they mean. */
const meanings: Readonly<Record<string, string>> = {
  'azure-ai-foundry/openai-chat/error-429-retry-after': 'rate-limited',
  'azure-openai/openai-chat/error-404-deployment': 'model-missing',
  'google/openai-chat/quoted-error-400-array-wrapped': 'bad-request',
  'groq/openai-chat/error-404-model': 'model-missing',
  // It asks for more than the limit alone: no wait helps.
  'groq/openai-chat/quoted-error-429-tpm': 'context-too-long',
  'groq/openai-chat/tool-use-failed-400-t1': 'bad-request',
  'ollama-cloud/openai-chat/error-401': 'key-rejected',
  'openai/openai-chat/error-400-tool-content-audio': 'bad-request',
  'openai/openai-chat/error-400-unsupported-image': 'bad-request',
  'openai/openai-chat/error-401-invalid-key': 'key-rejected',
  'openrouter/openai-chat/error-400-context-previous-errors': 'context-too-long',
  'openrouter/openai-chat/error-429-upstream': 'rate-limited',
}

test('recordings of OpenAI-style streams go through byte for byte', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('openai-chat', 'stream')) {
    await t.test(recording.id, () => goesThrough(recording))
  }
})

test('recorded OpenAI-style answers are answers, and their usage is read', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('openai-chat', 'response')) {
    await t.test(recording.id, () => {
      const body = recorded(recording.file)
      const { usage, failure } = openAiChat.readAnswer(body)
      assert.equal(failure, undefined)
      addsUp(usage, JSON.parse(body.toString()).usage)
    })
  }
})

test('recorded OpenAI-style errors mean what they meant', { skip: withoutRecordings }, async (t) => {
  for (const recording of recordings('openai-chat', 'error')) {
    await t.test(recording.id, () => {
      const headers = headersOf(recording)
      const { reason, message, retryAfterMs } = openAiChat.readFailure({
        status: recording.status,
        headers,
        body: recorded(recording.file),
        wallNow: 0,
      })
      assert.equal(reason, meanings[recording.id] ?? reason)
      assert.doesNotMatch(message, /no readable explanation/)
      if (recording.id.endsWith('error-429-retry-after')) assert.equal(retryAfterMs, 1000)
      if (recording.id.endsWith('quoted-error-429-tpm')) assert.equal(retryAfterMs, 50_598)
    })
  }
})

function goesThrough(recording: Recording): void {
  const bytes = streamOf(recording)
  const sketch = openAiChat.sketch(Buffer.from('{"model":"m","stream":true,"stream_options":{"include_usage":true}}'), bareAsk)
  const listen = (pieces: Buffer[]): ReturnType<typeof hear> => {
    const tap = openAiChat.openTap?.(sketch)
    assert.ok(tap)
    return hear(tap, pieces)
  }
  const heard = listen([bytes])
  for (const size of [1, 3, 64, 1000]) assert.deepEqual(listen(piecesOf(bytes, size)), heard)
  const text = bytes.toString('latin1')
  const events = chunksIn(text)
  addsUp(heard.usage, events.findLast((event) => isRecord(event['usage']))?.['usage'] ?? groqUsage(events))
  assert.ok(heard.hasContent)
  const reason = broken[recording.id]
  assert.equal(heard.reason, reason)
  if (reason !== undefined) return assert.ok(text.startsWith(heard.out) && heard.out.length > 0)
  assert.notEqual(heard.ended, 'no')
  // A blank line is added where the stream ended without one.
  const ending = /\n\r?\n$/.test(text) ? '' : '\n'
  assert.equal(
    heard.out.replaceAll(/\\u(2028|2029|0085)/g, (_, code: string) => raw(code)),
    text + ending,
  )
}

function raw(code: string): string {
  return Buffer.from(String.fromCharCode(Number.parseInt(code, 16))).toString('latin1')
}

function chunksIn(text: string): Record<string, unknown>[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: {'))
    .map((line) => parseJson(line.slice(6)))
    .filter(isRecord)
}

function groqUsage(events: readonly Record<string, unknown>[]): unknown {
  return events.map((event) => event['x_groq']).findLast((own) => isRecord(own) && isRecord(own['usage']))
}

/** Whoever counts how: what went in is the prompt, and what came out is the rest of the total. */
function addsUp(usage: ReturnType<typeof openAiChat.readAnswer>['usage'], told: unknown): void {
  if (!isRecord(told)) return assert.equal(usage, undefined)
  const counts = isRecord(told['usage']) ? told['usage'] : told
  assert.ok(usage)
  assert.equal(usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens, counts['prompt_tokens'])
  assert.equal(usage.outputTokens, Number(counts['total_tokens']) - Number(counts['prompt_tokens']))
  assert.ok(usage.reasoningTokens <= usage.outputTokens)
}

function headersOf({ files }: Recording): Record<string, string> {
  const meta: unknown = files['meta'] === undefined ? {} : JSON.parse(recorded(files['meta']).toString())
  const headers = isRecord(meta) ? meta['response_headers'] : undefined
  return isRecord(headers) ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])) : {}
}
