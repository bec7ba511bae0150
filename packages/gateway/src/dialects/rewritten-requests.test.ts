/** Every recorded request, read and written anew for the provider it was sent to, still asks for what it asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import type { FailureReason } from '../domain/failure.ts'
import type { Quirks } from '../domain/quirks.ts'
import type { CanonicalRequest } from './canonical/request.ts'
import { withoutRecordings } from './harness.test.ts'
import { dialectOf } from './list.ts'
import type { Json } from './recorded/json.test.ts'
import { differences, recordedRequests, requestOf, saidIn } from './recorded/recorded-requests.test.ts'
import type { RecordedRequest } from './recorded/recorded-requests.test.ts'

/** All that differs, and why that is so. */
const expected: readonly { readonly ids: RegExp; readonly paths: readonly string[]; readonly why: string }[] = [
  {
    ids: /\/code-execution-stream$/,
    paths: ['reasoning'],
    why: 'a model that decides by itself how much to think is told an effort, not a budget',
  },
  { ids: /\/error-400-effort-unsupported$/, paths: ['reasoning'], why: 'the effort that was refused is moved to one that the model knows' },
  {
    ids: /\/(?:parallel-identical-tools|tools-multiturn-signature-stream)-t\d$/,
    paths: ['tools.0.parameters'],
    why: 'the schema of a tool that takes nothing is left out, as Gemini wants it',
  },
]

const refused: Readonly<Record<string, { readonly reason: FailureReason; readonly why: string }>> = {
  'anthropic/anthropic-messages/error-400-bad-messages': { reason: 'bad-request', why: 'the provider refused it as well' },
  '_matrix/nMultipleCompletionsParam/chat-completions': { reason: 'unsupported', why: 'one answer is translated at a time' },
}

/** Requests that nobody sends to us, with fields that nothing here reads. */
const unread: ReadonlySet<string> = new Set(['cohere/cohere-v2/citations-thinking-stream', 'cohere/cohere-v2/stop-sequence'])

const quirks: Quirks = { wantsReasoningBack: 'in-tool-loop', thinking: 'reasoning-effort' }

test('a recorded request that is written anew asks for what it asked for', { skip: withoutRecordings }, async (t) => {
  for (const request of recordedRequests().filter(({ id }) => !unread.has(id))) {
    const { id, file } = request
    await t.test(`${id} ${file}`, () => {
      const refusal = refused[id]
      if (refusal !== undefined) {
        assert.throws(
          () => rewritten(request),
          (error) => error instanceof RefusedCall && error.failure.reason === refusal.reason,
        )
        return
      }
      const paths = expected.find(({ ids }) => ids.test(id))?.paths ?? []
      assert.deepEqual(rewritten(request), { paths, losses: [] })
    })
  }
})

interface Rewritten {
  readonly paths: readonly string[]
  readonly losses: readonly string[]
}

function rewritten({ dialect, provider, model, body }: RecordedRequest): Rewritten {
  const to = dialectOf(dialect).provider
  assert.ok(to !== undefined)
  const request = requestOf(dialect, body, model)
  const { body: bytes, losses } = to.writeRequest(request, { provider, model, dialect, keyId: 'k', quirks })
  return { paths: differences(meaning(request), meaning(requestOf(dialect, JSON.parse(bytes.toString()) as Json, model))), losses }
}

function meaning({ turns, from: _from, ...rest }: CanonicalRequest): Json {
  return { ...rest, turns: saidIn(turns) }
}
