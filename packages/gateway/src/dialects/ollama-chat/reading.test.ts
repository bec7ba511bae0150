import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { orderedBlocks } from '../canonical/arbitraries.test.ts'
import { collect } from '../canonical/collect.ts'
import { replay } from '../canonical/replay.ts'
import { bareAsk } from '../dialect.ts'
import type { WriterAsk } from '../dialect.ts'
import { hear, piecesOf, recorded, recordings, withoutRecordings } from '../harness.test.ts'
import { readPieces, sameAtEveryCut } from '../reading.test.ts'
import { ollamaChat } from './index.ts'
import { OllamaChatReader, readChatAnswer } from './read-answer.ts'

const open = (): OllamaChatReader => new OllamaChatReader()
const body = Buffer.from('{"model":"m","messages":[]}')
const sketch = ollamaChat.sketch(body, bareAsk)

function played(name: string): Buffer {
  return readFileSync(new URL(`../../../test/contract/ollama-chat/${name}`, import.meta.url))
}

function askAt(...times: number[]): WriterAsk {
  const request = { from: 'ollama-chat', model: 'm', stream: true, turns: [], tools: [], sampling: {}, extras: {} } as const
  return { callId: 'req_1', model: 'm', createdAt: 1, sketch, request, elapsedMs: () => times.shift() ?? 0 }
}

/** Those that are made up differ from answer to answer. */
function withoutIds({ blocks }: Pick<CanonicalAnswer, 'blocks'>): unknown {
  return blocks.map((block) => Object.entries(block).filter(([field]) => field !== 'id'))
}

test('streams tell the same however their bytes are cut', () => {
  for (const name of ['text', 'tools', 'parallel-tools', 'reasoning']) {
    const stream = sameAtEveryCut(open, played(`${name}.stream`))
    const whole = readChatAnswer(played(`${name}.json`))
    assert.ok(whole.failure === undefined)
    const { createdAt: _createdAt, ...answer } = collect(stream.events)
    const { createdAt: _at, ...told } = whole.answer
    assert.deepEqual({ ...answer, blocks: withoutIds(answer) }, { ...told, blocks: withoutIds(told) }, name)
    assert.equal(stream.ended, 'done')
  }
})

test('a line with an error in the middle of a stream is a failure, and what came before it is told', () => {
  const { events, reason, message } = sameAtEveryCut(open, played('broken.stream'))
  assert.equal(reason, 'upstream-broken')
  assert.match(message ?? '', /llama runner process has terminated/)
  assert.equal(collect(events.filter(({ is }) => is !== 'failure')).blocks[0]?.is, 'text')
})

test('a stream without its last line is not complete, and one cut within a line has failed', () => {
  const bytes = played('text.stream')
  const lastLine = bytes.lastIndexOf(0x0a, -2)
  assert.equal(readPieces(open(), [bytes.subarray(0, lastLine + 1)]).ended, 'no')
  assert.equal(readPieces(open(), [bytes.subarray(0, lastLine + 20)]).reason, 'truncated')
  assert.equal(readPieces(open(), [bytes.subarray(0, -1)]).ended, 'done')
  assert.equal(readPieces(open(), [Buffer.from('<html>\n')]).reason, 'bad-answer')
})

const ids = (name: string): string[] => {
  const read = readChatAnswer(played(name))
  return read.failure === undefined ? read.answer.blocks.flatMap((block) => (block.is === 'tool-call' ? [block.id] : [])) : []
}

test('calls without ids get some that differ, and the same ones every time', () => {
  const [first, second] = ids('parallel-tools.json')
  assert.match(first ?? '', /^call_[A-Za-z0-9]{24}$/)
  assert.notEqual(first, second)
  assert.deepEqual(ids('parallel-tools.json'), [first, second])
  assert.deepEqual(ids('tools.json'), ['call_gsiiy8py'])
})

test('lines, fields and blocks that nobody knows break nothing', () => {
  const lines = [
    '{"model":"m","created_at":"not a time","message":{"role":"assistant","content":"a","new":[1]},"done":false}',
    '',
    '{"status":"thinking about it"}',
    '{"message":"no object","done":false}',
    '{"message":{"content":5,"tool_calls":[null,{"function":{"arguments":{}}},{"function":{"name":"f"}}]},"done":false}',
    '{"done":true,"done_reason":"a new one"}',
    '{"message":{"content":"too late"}}',
  ]
  const { events } = sameAtEveryCut(open, Buffer.from(`${lines.join('\r\n')}\n`))
  const { blocks, finish, rawFinish, usage } = collect(events)
  assert.deepEqual(
    blocks.map((block) => (block.is === 'text' ? block.text : block.is === 'tool-call' ? block.argumentsText : '')),
    ['a', '{}'],
  )
  assert.deepEqual([finish, rawFinish, usage], ['tool-calls', 'a new one', undefined])
})

test('what the writer writes, the reader reads', () => {
  fc.assert(
    fc.property(orderedBlocks, fc.constantFrom('stop', 'length'), (blocks, asked) => {
      const finish = asked === 'stop' && blocks.some(({ is }) => is === 'tool-call') ? 'tool-calls' : asked
      const answer = { blocks, finish } as const
      const writer = ollamaChat.caller?.openWriter(askAt(10, 40))
      const text = replay(answer).map((event) => writer?.write(event) ?? '')
      const streamed = collect(readPieces(open(), [Buffer.from(text.join(''))]).events)
      const whole = readChatAnswer(ollamaChat.caller?.writeAnswer(answer, askAt(40)) ?? Buffer.alloc(0))
      assert.ok(whole.failure === undefined)
      for (const read of [streamed, whole.answer]) {
        assert.deepEqual(read.blocks, canonicalArguments(blocks))
        assert.equal(read.finish, finish)
      }
    }),
  )
})

/** Arguments pass through an object. */
function canonicalArguments<Block extends { is: string }>(blocks: readonly Block[]): Block[] {
  return blocks.map((block) =>
    'argumentsText' in block ? { ...block, argumentsText: JSON.stringify(JSON.parse(String(block.argumentsText))) } : block,
  )
}

test('the last line says how long everything took, in nanoseconds', () => {
  const writer = ollamaChat.caller?.openWriter(askAt(100, 350))
  const usage = {
    inputTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
    outputTokens: 5,
    reasoningTokens: 0,
    source: 'provider',
  } as const
  const text = replay({ blocks: [{ is: 'text', text: 'a\u2028b' }], finish: 'length', usage }).map((event) => writer?.write(event) ?? '')
  const [first = '', last = ''] = text.join('').trimEnd().split('\n')
  assert.ok(!first.includes('\u2028'), 'httpx would take it for the end of the line')
  assert.deepEqual(JSON.parse(first), {
    model: 'm',
    created_at: '1970-01-01T00:00:01.000Z',
    message: { role: 'assistant', content: 'a\u2028b' },
    done: false,
  })
  const { done_reason: why, total_duration: total, prompt_eval_duration: first_, eval_duration: rest, ...end } = JSON.parse(last)
  assert.deepEqual([why, total, first_, rest], ['length', 350_000_000, 100_000_000, 250_000_000])
  assert.deepEqual([end.prompt_eval_count, end.eval_count], [9, 5])
})

test('a call whose arguments were cut off is told with what there is', () => {
  const block = { is: 'tool-call', id: 'c', name: 'f', argumentsText: '{"city":"Zü' } as const
  const text = ollamaChat.caller?.writeAnswer({ blocks: [block], finish: 'length' }, askAt()).toString() ?? ''
  assert.match(text, /"arguments":\{"_raw":"\{\\"city\\":\\"Zü"\}/)
})

const listen = (pieces: Buffer[]): ReturnType<typeof hear> => hear(ollamaChat.openTap?.(sketch) ?? assert.fail(), pieces)

test('recordings go through line by line, in any pieces', { skip: withoutRecordings }, async (t) => {
  for (const recording of [...recordings('ollama', 'stream'), ...recordings('ollama-chat', 'stream')]) {
    await t.test(recording.id, () => {
      const bytes = recorded(recording.file)
      const heard = listen([bytes])
      assert.equal(heard.out, bytes.toString('latin1'))
      assert.deepEqual([heard.ended, heard.reason, heard.usage?.outputTokens], ['done', undefined, 889])
      for (const size of [1, 7, 1000]) assert.deepEqual(listen(piecesOf(bytes, size)), heard)
      const read = sameAtEveryCut(open, bytes, 997)
      assert.equal(collect(read.events).blocks.length, 2)
    })
  }
})

test('recorded answers and errors mean what they meant', { skip: withoutRecordings }, () => {
  const read = readChatAnswer(recorded('ollama/ollama/tools-thinking-nonstream/response.json'))
  assert.ok(read.failure === undefined)
  assert.deepEqual(
    read.answer.blocks.map(({ is }) => is),
    ['reasoning', 'tool-call'],
  )
  assert.equal(read.answer.finish, 'tool-calls')
  assert.equal(read.answer.usage?.inputTokens, 292)
  const error = recorded('ollama/ollama/error-404-model/response.json')
  const { reason, message } = ollamaChat.readFailure({ status: 404, headers: {}, body: error, wallNow: 0 })
  assert.deepEqual([reason, message], ['model-missing', "model 'nonexistent-model:latest' not found"])
})
