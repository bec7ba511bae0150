import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bareAsk } from '../dialect.ts'
import { dataIn, fixture, hear, piecesOf } from '../harness.test.ts'
import type { Heard } from '../harness.test.ts'
import { openAiChat } from '../openai-chat/index.ts'
import { openAiCompletions } from '../openai-completions/index.ts'
import type { StreamTap } from '../dialect.ts'

function tapFor(wantsUsage: boolean, dialect = openAiChat): StreamTap {
  const options = wantsUsage ? ',"stream_options":{"include_usage":true}' : ''
  const tap = dialect.openTap?.(dialect.sketch(Buffer.from(`{"model":"m","stream":true${options}}`), bareAsk))
  assert.ok(tap)
  return tap
}

/** The stream as it is heard in one piece by a caller who wants usage. */
function heard(stream: string | Buffer): Heard {
  return hear(tapFor(true), [Buffer.from(stream)])
}

const usage = (parts: readonly [number, number, number, number]): object => {
  const [inputTokens, cacheReadTokens, outputTokens, reasoningTokens] = parts
  return { inputTokens, cacheReadTokens, cacheWriteTokens: 0, outputTokens, reasoningTokens, source: 'provider' }
}

/** Each of our small streams: how it ends, what it used, and how many events with content it has. */
const streams: Readonly<Record<string, { ended: string; reason?: string; usage?: object; message?: RegExp; content?: number }>> = {
  'openai-usage-chunk': { ended: 'done', usage: usage([140, 1280, 100, 64]), content: 3 },
  'openai-tool-calls': { ended: 'done', content: 4 },
  'azure-filter-first': { ended: 'done', usage: usage([5, 0, 2, 0]), content: 2 },
  'deepseek-usage-on-finish': { ended: 'done', usage: usage([64, 320, 67, 60]), content: 3 },
  'groq-x-usage': { ended: 'done', usage: usage([30, 0, 9, 0]), content: 2 },
  'groq-error-event': { ended: 'no', reason: 'bad-request', message: /Failed to call a function/, content: 1 },
  'openrouter-error-chunk': {
    ended: 'finish',
    reason: 'rate-limited',
    message: /Rate limit exceeded/,
    usage: usage([43, 0, 10, 10]),
    content: 2,
  },
  'openrouter-double-finish': { ended: 'done', usage: usage([12, 8, 4, 0]), content: 3 },
  'perplexity-cumulative-usage': { ended: 'finish', usage: usage([11, 0, 3, 0]), content: 3 },
  'xai-no-finish-key': { ended: 'done', usage: usage([10, 2, 229, 228]), content: 3 },
  'mistral-pad-key': { ended: 'done', usage: usage([9, 0, 3, 0]), content: 2 },
  'gemini-thoughts-in-total': { ended: 'done', usage: usage([35, 0, 74, 62]), content: 2 },
  'gpustack-error-line': { ended: 'no', reason: 'upstream-broken', message: /failed to decode/, content: 1 },
  'kobold-no-blank-line': { ended: 'done', content: 3 },
  'odd-fields': { ended: 'done', content: 3 },
  separators: { ended: 'done', usage: usage([3, 0, 4, 0]), content: 3 },
}

/** Their own bytes, in every style of line ends. */
function styles(name: string): readonly Buffer[] {
  const text = fixture(name).toString()
  // CR and LF never meet here but as one line end.
  const mixed = ['\n', '\r\n', '\r', '\r', '\r\n']
  let turn = 0
  const styled = [
    text,
    text.replaceAll('\n', '\r\n'),
    text.replaceAll('\n', '\r'),
    text.replaceAll('\n', () => mixed[turn++ % mixed.length] ?? ''),
  ]
  return [...styled, `\ufeff${text}`].map((each) => Buffer.from(each))
}

for (const [name, expected] of Object.entries(streams)) {
  test(`${name}: its end, its usage and its failure are seen`, () => {
    const { ended, reason, message, usage: counted, contentEvents } = heard(fixture(name))
    assert.deepEqual(
      { ended, reason, usage: counted, contentEvents },
      { ended: expected.ended, reason: expected.reason, usage: expected.usage, contentEvents: expected.content },
    )
    if (expected.message !== undefined) assert.match(message ?? '', expected.message)
  })

  test(`${name}: no cut and no style of line ends changes what is seen`, () => {
    const plain = heard(fixture(name))
    for (const bytes of styles(name)) {
      for (const wantsUsage of [true, false]) {
        const whole = hear(tapFor(wantsUsage), [bytes])
        if (wantsUsage) assert.deepEqual({ ...whole, out: dataIn(whole.out) }, { ...plain, out: dataIn(plain.out) })
        for (let at = 1; at < bytes.length; at++) {
          assert.deepEqual(hear(tapFor(wantsUsage), [bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`)
        }
        for (const size of [1, 3, 7, 64]) assert.deepEqual(hear(tapFor(wantsUsage), piecesOf(bytes, size)), whole, `in pieces of ${size}`)
      }
    }
  })

  test(`${name}: cut off anywhere, only whole events go on and nothing looks complete that is not`, () => {
    const bytes = fixture(name)
    const all = dataIn(heard(bytes).out)
    for (let at = 0; at < bytes.length; at++) {
      const cut = hear(tapFor(true), [bytes.subarray(0, at)])
      const whole = dataIn(cut.out)
      assert.deepEqual(whole, all.slice(0, whole.length), `cut at ${at}`)
      if (cut.ended === 'done') assert.ok(bytes.subarray(0, at).includes('[DONE]'))
      if (cut.ended === 'finish' && cut.reason === undefined) assert.match(bytes.toString('utf8', 0, at), /"finish_reason":"[a-z]/)
    }
  })
}

test('what arrives goes on byte for byte, comments and fields too', () => {
  for (const name of Object.keys(streams)) {
    const { reason } = streams[name] ?? {}
    if (reason !== undefined || ['odd-fields', 'separators', 'kobold-no-blank-line'].includes(name)) continue
    for (const bytes of styles(name).slice(0, 4)) assert.equal(heard(bytes).out, bytes.toString('latin1'), name)
  }
})

test('a chunk that ends at the end of an event goes on as the buffer that it is', () => {
  const tap = tapFor(true)
  const chunk = Buffer.from('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
  const out = tap.take(chunk)
  assert.equal(out?.buffer, chunk.buffer)
  assert.equal(out.length, chunk.length)
})

test('the usage chunk goes only to callers that asked for it, and is read in any case', () => {
  for (const name of ['openai-usage-chunk', 'azure-filter-first', 'xai-no-finish-key']) {
    const bytes = fixture(name)
    const hidden = hear(tapFor(false), [bytes])
    assert.deepEqual(hidden.usage, heard(bytes).usage)
    assert.deepEqual(
      dataIn(hidden.out),
      dataIn(bytes.toString('latin1')).filter((data) => !/"choices":\[\],"usage":\{/.test(data)),
    )
  }
  assert.match(hear(tapFor(false), [fixture('azure-filter-first')]).out, /prompt_filter_results/)
  assert.equal(hear(tapFor(false), [fixture('mistral-pad-key')]).out, fixture('mistral-pad-key').toString('latin1'))
})

test('an error that is wrapped in nothing is an error, and a word that only looks like one is none', () => {
  const begun = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
  const error = '{"object":"error","message":"Service unavailable.","type":"service_unavailable","param":null,"code":"3505"}'
  for (const told of [error, error.replace('"object":"error",', '').replace('}', ',"object": "error" }')]) {
    for (const before of [begun, '']) {
      const { out, ended, reason, message } = heard(`${before}data: ${told}\n\n`)
      assert.deepEqual([out, ended, reason, message], [before, 'no', 'overloaded', 'Service unavailable.'])
    }
  }
  const harmless = `data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"b"},"status":"error"}]}\n\n`
  assert.deepEqual(heard(begun + harmless).reason, undefined)
  assert.equal(heard(begun + harmless).out, begun + harmless)
})

test('what follows [DONE] is dropped', () => {
  const stream = 'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
  for (const more of [
    '\n\n',
    'data: {"choices":[{"delta":{"content":"b"}}]}\n\n',
    ': bye\n\n',
    'data: [DONE]\n\n',
    'garbage',
    '\0'.repeat(99),
  ]) {
    assert.equal(heard(stream + more).out, stream)
    assert.equal(hear(tapFor(true), piecesOf(Buffer.from(stream + more), 7)).out, stream)
  }
})

test('separators that some readers take for line ends become escapes, and the JSON stays equal', () => {
  const bytes = fixture('separators')
  const { out } = heard(bytes)
  assert.doesNotMatch(Buffer.from(out, 'latin1').toString(), /[\u2028\u2029\u0085]/)
  assert.match(out, /a\\u2028b\\u2029c\\u0085d/)
  assert.deepEqual(dataIn(out).map(parsed), dataIn(bytes.toString('latin1')).map(parsed))
})

function parsed(data: string): unknown {
  return data === '[DONE]' ? data : JSON.parse(data)
}

test('several data lines become one, with their numbers as they were written', () => {
  const { out, hasContent } = heard(
    'data: {"choices":[{"delta":\ndata:  {"content":"a"}}],\ndata\ndata: "n":12345678901234567890}\n\ndata: [DONE]\n\n',
  )
  assert.ok(hasContent)
  assert.match(dataIn(out)[0] ?? '', /^\{"choices":\[\{"delta":\s+\{"content":"a"\}\}\],\s+"n":12345678901234567890\}$/)
})

for (const [what, choice, expected] of [
  ['the role alone', { delta: { role: 'assistant', content: '' } }, false],
  ['the role with nulls', { delta: { role: 'assistant', content: null, refusal: null, tool_calls: [] }, finish_reason: null }, false],
  ['an empty delta', { delta: {} }, false],
  ['no delta', {}, false],
  ['a finish reason that is ""', { delta: { content: '' }, finish_reason: '' }, false],
  ['text', { delta: { content: 'a' } }, true],
  ['reasoning', { delta: { reasoning: 'a' } }, true],
  ['reasoning_content', { delta: { reasoning_content: 'a' } }, true],
  ['reasoning_details', { delta: { reasoning_details: [{ text: 'a' }] } }, true],
  ['text in parts', { delta: { content: [{ type: 'text', text: 'a' }] } }, true],
  ['a tool call', { delta: { role: 'assistant', content: null, tool_calls: [{ index: 0, function: { name: 'f' } }] } }, true],
  ['an old function call', { delta: { function_call: { name: 'f' } } }, true],
  ['a refusal', { delta: { refusal: 'No.' } }, true],
  ['audio', { delta: { audio: { data: 'AA' } } }, true],
  ['a finish reason', { delta: {}, finish_reason: 'stop' }, true],
  ['content in the second of two choices', undefined, true],
] as const) {
  test(`${what} is ${expected ? '' : 'no '}content`, () => {
    const choices = choice === undefined ? [{ delta: { role: 'assistant' } }, { index: 1, delta: { content: 'b' } }] : [choice]
    const tap = tapFor(true)
    tap.take(Buffer.from(`data: ${JSON.stringify({ choices })}\n\n`))
    assert.equal(tap.hasContent, expected)
    assert.equal(tap.dataEvents, 1)
  })
}

test('a text completion has content when it has text, reasoning or an end', () => {
  for (const [choice, expected] of [
    [{ text: '' }, false],
    [{ text: '', finish_reason: '' }, false],
    [{ text: 'a' }, true],
    [{ text: '', reasoning: 'hm' }, true],
    [{ text: '', finish_reason: 'length' }, true],
  ] as const) {
    const tap = tapFor(true, openAiCompletions)
    tap.take(Buffer.from(`data: ${JSON.stringify({ choices: [choice] })}\n\n`))
    assert.equal(tap.hasContent, expected, JSON.stringify(choice))
  }
})

test('a finish reason that is "" does not end a stream', () => {
  const { ended } = heard('data: {"choices":[{"delta":{"content":"a"},"finish_reason":""}]}\n\n')
  assert.equal(ended, 'no')
})

test('names that stand in a text are not taken for fields', () => {
  const content = JSON.stringify('"usage":{"prompt_tokens":1},"error":{"message":"x"},"finish_reason":"stop",\\"error\\":1')
  const {
    ended,
    reason,
    usage: counted,
  } = heard(`data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choices":[{"delta":{"content":${content}}}]}\n\n`)
  assert.deepEqual([ended, reason, counted], ['no', undefined, undefined])
})

for (const [what, error, reason] of [
  ['no status at all', { message: 'boom' }, 'upstream-broken'],
  ['a rate limit in words', 'Rate limit exceeded, slow down', 'rate-limited'],
  ['a status in its code', { code: 429, message: 'x' }, 'rate-limited'],
  ['a status as text', { code: '503', message: 'x' }, 'overloaded'],
  ['overload by type', { type: 'overloaded_error', message: 'Overloaded' }, 'overloaded'],
  ['an empty account', { code: 'insufficient_quota', message: 'x' }, 'billing'],
  ['a bad key', { type: 'authentication_error', message: 'x' }, 'key-rejected'],
  ['a long prompt', { code: 'context_length_exceeded', message: 'x' }, 'context-too-long'],
  ['true', true, 'upstream-broken'],
] as const) {
  test(`an error event with ${what} is ${reason}, before and after content`, () => {
    const event = `data: ${JSON.stringify({ error })}\n\n`
    const content = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
    assert.deepEqual([heard(event).reason, heard(event).out], [reason, ''])
    assert.deepEqual([heard(content + event).reason, heard(content + event).out], [reason, content])
  })
}

test('an error that nests 200,000 deep is a failure like any other', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000)
  assert.equal(heard(`data: {"error":{"x":${deep}}}\n\n`).reason, 'upstream-broken')
  assert.equal(heard(`error: {"x":${deep}}\n\n`).reason, 'upstream-broken')
  assert.equal(openAiChat.readAnswer(Buffer.from(`{"error":${deep}}`)).failure?.reason, 'upstream-broken')
})

test('an event that is no JSON is a bad answer, and a truncated one at the end', () => {
  assert.equal(heard('data: hello\n\n').reason, 'bad-answer')
  assert.equal(heard('data: [1]\n\n').reason, 'bad-answer')
  assert.equal(heard('data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choices":[{"del').reason, 'truncated')
})

test('empty data events are signs of life, and neither content nor progress', () => {
  const { out, dataEvents, reason } = heard('data:\n\ndata: \n\ndata\n\n')
  assert.deepEqual([out, dataEvents, reason], ['', 0, undefined])
})

test('comments before the first content go on up to 16 KiB, and count for nothing', () => {
  const { out, dataEvents, hasContent } = heard(': OPENROUTER PROCESSING\n\n'.repeat(2000))
  assert.ok(out.length > 16_000 && out.length <= 16_384)
  assert.deepEqual([dataEvents, hasContent], [0, false])
})

test('50 MB without a line end, or in one event, are refused and not kept', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (const piece of [
    Buffer.alloc(65_536, 'a'),
    Buffer.from(`: ${'a'.repeat(1021)}\n`.repeat(64)),
    Buffer.from(`data: ${'a'.repeat(1017)}\n`.repeat(64)),
  ]) {
    const tap = tapFor(true)
    await settled(collect)
    const before = process.memoryUsage().arrayBuffers
    for (let bytes = 0; bytes < 50e6; bytes += piece.length) assert.equal(tap.take(piece), undefined)
    await settled(collect)
    assert.equal(tap.failure?.reason, 'bad-answer')
    assert.ok(process.memoryUsage().arrayBuffers - before < 12e6)
  }
})

/** Buffers are given back a turn after they were collected. */
async function settled(collect: () => void): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    collect()
    await new Promise(setImmediate)
  }
}

test('10,000 tiny events in one packet keep their order', () => {
  const stream = Array.from({ length: 10_000 }, (_, index) => `data: {"choices":[{"delta":{"content":"${index}"}}]}\n\n`).join('')
  const { out, dataEvents, contentEvents } = heard(stream)
  assert.equal(out, stream)
  assert.deepEqual([dataEvents, contentEvents], [10_000, 10_000])
})
