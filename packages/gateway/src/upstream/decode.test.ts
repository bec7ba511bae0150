import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { openDecoder } from './decode.ts'

const encoders: Readonly<Record<string, (text: string | Buffer) => Buffer>> = {
  gzip: (text) => gzipSync(text),
  'x-gzip': (text) => gzipSync(text),
  deflate: (text) => deflateSync(text),
  br: (text) => brotliCompressSync(text),
  zstd: (text) => zstdCompressSync(text),
}

interface Decoded {
  readonly text: string
  readonly bytes: number
  readonly end: 'ended' | 'failed'
}

/** What comes out until the decoder has said how it ends; that it says so once is checked a moment later. */
async function decoded(encoding: string, pieces: Iterable<Buffer>): Promise<Decoded> {
  const out: Buffer[] = []
  const ends: Decoded['end'][] = []
  const said = Promise.withResolvers<undefined>()
  const say = (end: Decoded['end']): void => {
    ends.push(end)
    said.resolve(undefined)
  }
  const decoder = openDecoder(encoding, { data: (chunk) => out.push(chunk), end: () => say('ended'), failed: () => say('failed') })
  assert.ok(typeof decoder === 'object')
  for (const piece of pieces) {
    decoder.write(piece)
    // As a socket would: the next piece comes in a turn of its own.
    await new Promise(setImmediate)
  }
  decoder.end()
  await said.promise
  await new Promise(setImmediate)
  assert.equal(ends.length, 1)
  const bytes = Buffer.concat(out)
  return { text: bytes.toString(), bytes: bytes.length, end: ends[0] ?? 'failed' }
}

const sentence = 'data: {"choices":[{"delta":{"content":"Grüße 👋🏽"}}]}\n\n'.repeat(40)

for (const [encoding, encode] of Object.entries(encoders)) {
  test(`${encoding}: whatever the pieces, the same text comes out`, async () => {
    const bytes = encode(sentence)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }), async (sizes) => {
        assert.deepEqual(await decoded(encoding, unevenly(bytes, sizes)), {
          text: sentence,
          bytes: Buffer.byteLength(sentence),
          end: 'ended',
        })
      }),
      { seed: 11, numRuns: 15 },
    )
  })

  test(`${encoding}: cut off anywhere, it fails`, async () => {
    const bytes = encode(sentence)
    for (let at = 1; at < bytes.length; at += 5) {
      const { end, text } = await decoded(encoding, [bytes.subarray(0, at)])
      assert.equal(end, 'failed', `cut at ${at} of ${bytes.length}`)
      // The first half of a letter comes out too; what came before is right.
      assert.ok(sentence.startsWith(text.replace(/\ufffd+$/, '')))
    }
    assert.equal((await decoded(encoding, [bytes.subarray(0, -1)])).end, 'failed')
  })

  test(`${encoding}: a bomb is cut early, in one piece and in many`, async () => {
    const bomb = encode(Buffer.alloc(64 * 1024 * 1024))
    for (const size of [bomb.length, 1024]) {
      const { end, bytes } = await decoded(encoding, unevenly(bomb, [size]))
      assert.equal(end, 'failed')
      assert.ok(bytes <= Math.max(1024 * 1024, bomb.length * 100), `${bytes} bytes came out`)
    }
  })

  test(`${encoding}: bytes that are nothing of the kind fail`, async () => {
    assert.equal((await decoded(encoding, [Buffer.from('{"choices":[]} and so on')])).end, 'failed')
  })
}

test('a small text that packs well is no bomb', async () => {
  const text = 'a'.repeat(1_000_000)
  assert.equal((await decoded('gzip', [gzipSync(text)])).bytes, text.length)
})

test('nothing more is heard from a decoder that was stopped', async () => {
  let heard = 0
  const hear = (): void => void heard++
  const decoder = openDecoder('gzip', { data: hear, end: hear, failed: hear })
  assert.ok(typeof decoder === 'object')
  decoder.write(gzipSync(sentence))
  decoder.destroy()
  decoder.write(gzipSync(sentence))
  decoder.end()
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  assert.equal(heard, 0)
})

const deaf = { data: () => {}, end: () => {}, failed: () => {} }

for (const encoding of [undefined, '', 'identity', 'Identity', ' identity , identity', []]) {
  test(`content-encoding ${JSON.stringify(encoding)} is nothing to decode`, () => assert.equal(openDecoder(encoding, deaf), 'none'))
}

for (const encoding of [
  'gzip, gzip',
  'gzip,br',
  ['gzip', 'gzip'],
  'gzip,gzip,gzip,gzip,gzip,gzip',
  'compress',
  'toString',
  '__proto__',
  'gzip;q=1',
  'aes128gcm',
]) {
  test(`content-encoding ${JSON.stringify(encoding)} is refused`, () => assert.equal(openDecoder(encoding, deaf), undefined))
}

test('the name of an encoding may be written in capitals', async () => {
  assert.equal((await decoded(' GZIP ', [gzipSync('a')])).text, 'a')
})

function* unevenly(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}
