/** What goes through the gateway goes through untouched: requests but for the model's name, answers whatever their cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, faults } from '@keywheel/simulator'
import type { Reply, Step } from '@keywheel/simulator'
import { hear } from './faults/hear.ts'
import { RawCall } from './faults/raw-call.ts'
import { leaves, openStand } from './faults/stand.ts'

const awkward = [
  '"temperature" : 1e400 ,\t"seed":12345678901234567890,"tiny":-0.0E-7',
  '"unknown_field":{"b":1,"a":[ ],"b":2},"unknown_field":null',
  '"esc\\u0061ped":"\\u00e9\\/\\ud83d\\ude00","r\u00e4w":"\u{1F600}\u2028"',
  '"messages":[{"content":"hello","role":"user"}],"__proto__":{"x":1}',
]

function requestOf(model: string, more: string): string {
  return `\n{ "zeta":[1,\r\n2], "model"  :\t${JSON.stringify(model)} ,${awkward.join(' , ')}${more}  }\n\n`
}

test('B5 the provider gets the very bytes of the request, but for the name of the model', async (t) => {
  const stand = await openStand(t)
  const { status } = await new RawCall(stand.port, { body: requestOf('chain', '') }).ended()
  assert.equal(status, 200)
  assert.equal(stand.alpha.calls[0]?.body.toString(), requestOf('m', ''))
})

test('B5 a stream gets `stream_options` put in front, and nothing else is touched', async (t) => {
  const stand = await openStand(t)
  await new RawCall(stand.port, { body: requestOf('chain', ',"stream":true') }).ended()
  const sent = stand.alpha.calls[0]?.body.toString()
  assert.equal(sent, requestOf('m', ',"stream":true').replace('{ ', '{ "stream_options":{"include_usage":true},'))
})

for (const [options, sent] of [
  ['{"include_usage" : true, "x":1e400}', '{"include_usage" : true, "x":1e400}'],
  ['{ "x":1e400, "include_usage":false ,"y":12345678901234567890}', '{ "x":1e400, "include_usage":true ,"y":12345678901234567890}'],
  ['{ "x":1e400}', '{ "include_usage":true,"x":1e400}'],
  ['{ }', '{"include_usage":true}'],
  ['null', '{"include_usage":true}'],
] as const) {
  test(`B5 the caller's own stream_options ${options} become ${sent}`, async (t) => {
    const stand = await openStand(t)
    await new RawCall(stand.port, { body: requestOf('chain', `,"stream":true,"stream_options":${options}`) }).ended()
    assert.equal(stand.alpha.calls[0]?.body.toString(), requestOf('m', `,"stream":true,"stream_options":${sent}`))
  })
}

test('B5 every target of a chain gets the request as the caller wrote it', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', faults.F50.reply({ afterSeconds: 60 }))
  await new RawCall(stand.port, { body: requestOf('chain', '') }).ended()
  assert.equal(stand.beta.calls[0]?.body.toString(), requestOf('m', ''))
})

const oddAnswer = Buffer.from(
  '{ "id":"x","big":12345678901234567890,"huge":1e400,"dup":1,"dup":2,\r\n"choices":[{"index":0,"message":{"content":"\\u0041 \u00fc\u2028"}}]}\n',
)

function written(head: string, parts: readonly Buffer[]): Reply {
  const steps = parts.flatMap((bytes): Step[] => [{ do: 'write', bytes }, { do: 'flush' }])
  return { is: 'wire', steps: [{ do: 'write', bytes: `HTTP/1.1 200 OK\r\n${head}\r\n\r\n` }, ...steps] }
}

function cutInto(bytes: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size))
  return parts
}

function chunked(bytes: Buffer, size: number): Buffer[] {
  const chunks = cutInto(bytes, size).map((part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  )
  return [...chunks, Buffer.from('0\r\n\r\n')]
}

test('B5 a whole answer arrives byte for byte, whatever the cut', async (t) => {
  const stand = await openStand(t)
  for (const size of [1, 7, 1000]) {
    stand.alpha.script('*', written(`content-type: application/json\r\ncontent-length: ${oddAnswer.length}`, cutInto(oddAnswer, size)))
    const { body, finished } = await stand.hear()
    assert.deepEqual([body.equals(oddAnswer), finished], [true, true])
  }
  await leaves(stand, 'answered 200 seen', 'answered 200 seen', 'answered 200 seen')
})

const oddStream = Buffer.from(
  [
    ': hi\n\n',
    'data:{"choices":[{"index":0,"delta":{"role":"assistant"}}],"big":12345678901234567890}\r\n\r\n',
    'event: message\nid: 4\ndata: { "choices":[{"index":0,"delta":{"content":"\\u0041 \u00fc\u{1F600}"}}], "dup":1,"dup":1e400}\n\n',
    'data: {"choices":[{"index":0,"delta":{"content":" end"},"finish_reason":"stop"}],"usage":null}\r\r',
    'data: [DONE]\n\n',
  ].join(''),
)

test('F44 B5 a stream of mixed line ends arrives byte for byte, whatever the cut, down to single bytes', async (t) => {
  const stand = await openStand(t)
  for (const size of [1, 2, 3, 7, 50, 10_000]) {
    stand.alpha.script('*', written('content-type: text/event-stream\r\ntransfer-encoding: chunked', chunked(oddStream, size)))
    const { body, finished } = await stand.hear({ stream: true })
    assert.equal(body.toString(), oddStream.toString())
    assert.equal(finished, true)
  }
})

for (const id of ['F44', 'F45'] as const) {
  // `mixed` puts a CR before an LF, which together are one line end: what it means by it is not what it says.
  for (const variant of faults[id].variants.filter((name) => name !== 'mixed')) {
    test(`${id} ${faults[id].title} (${variant}): the same bytes as in one piece`, async (t) => {
      const stand = await openStand(t)
      const bodies = []
      const painting = { model: 'alpha/m', stream: true, tools: [{ type: 'function', function: { name: 'paint' } }] }
      for (const chunkSize of [1, 2, 3, 5, 1_000_000]) {
        stand.alpha.script('*', faults[id].reply({ variant, chunkSize }))
        const { body, finished } = await stand.hear(painting)
        assert.deepEqual([hear(body).done, hear(body).error, finished], [true, undefined, true])
        bodies.push(body.toString().replaceAll(/chatcmpl-[\w-]+/g, 'ID'))
      }
      assert.equal(new Set(bodies).size, 1)
      await leaves(stand, ...bodies.map(() => 'answered 200 seen'))
    })
  }
}

test('usage is always asked for, hidden from callers that did not ask and kept for those that did', async (t) => {
  const stand = await openStand(t)
  stand.alpha.script('*', answer({ text: 'five words in this text' }))
  const quiet = hear((await stand.hear({ stream: true })).body)
  const asking = hear((await stand.hear({ stream: true, stream_options: { include_usage: true } })).body)
  assert.ok(quiet.events.every(({ usage }) => usage === null || usage === undefined))
  assert.deepEqual(asking.events.at(-1)?.['usage'], { prompt_tokens: 1, completion_tokens: 5, total_tokens: 6 })
  assert.deepEqual([quiet.done, asking.done, quiet.text], [true, true, asking.text])
  const rows = await stand.rows()
  assert.deepEqual(
    rows.map(({ inputTokens, outputTokens, usageSource }) => [inputTokens, outputTokens, usageSource]),
    [
      [1, 5, 'provider'],
      [1, 5, 'provider'],
    ],
  )
})

test('line separators that some readers take for a line end are written as escapes and mean the same', async (t) => {
  const stand = await openStand(t)
  const text = 'one \u00e9\u2028two\u2029three\u0085four \u00c2\u2030'
  stand.alpha.script('*', answer({ text, chunkSize: 1 }))
  const { body } = await stand.hear({ stream: true })
  assert.doesNotMatch(body.toString(), /[\u2028\u2029\u0085]/)
  assert.match(body.toString(), /\\u2028two/)
  assert.equal(hear(body).text, text)
})
