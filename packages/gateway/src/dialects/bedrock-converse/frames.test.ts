import assert from 'node:assert/strict'
import { test } from 'node:test'
import { piecesOf, recorded, recordings, withoutRecordings } from '../harness.test.ts'
import { frameBytes } from './frame-bytes.test.ts'
import { FrameReader } from './frames.ts'
import type { Frame } from './frames.ts'

function framesIn(pieces: readonly Buffer[]): { frames: Frame[]; reason: string | undefined } {
  const frames: Frame[] = []
  const reader = new FrameReader((frame) => frames.push(frame))
  for (const piece of pieces) reader.take(piece)
  return { frames, reason: reader.failure?.reason }
}

const two = Buffer.concat([frameBytes({ a: 'ä', ':event-type': 'x' }, 'first'), frameBytes({}, '')])

test('frames arrive whole, however the bytes are cut', () => {
  const whole = framesIn([two])
  assert.deepEqual(
    whole.frames.map(({ headers, payload }) => [headers, payload.toString()]),
    [
      [{ a: 'ä', ':event-type': 'x' }, 'first'],
      [{}, ''],
    ],
  )
  for (const size of [1, 2, 3, 7, 16]) assert.deepEqual(framesIn(piecesOf(two, size)), whole)
  for (let at = 1; at < two.length; at++) assert.deepEqual(framesIn([two.subarray(0, at), two.subarray(at)]), whole)
})

test('a long frame in many small pieces is put together once', () => {
  const long = frameBytes({}, 'x'.repeat(8 * 1024 * 1024))
  const { frames } = framesIn(piecesOf(long, 1024))
  assert.equal(frames[0]?.payload.length, 8 * 1024 * 1024)
})

test('a damaged byte anywhere is an error and never a frame', () => {
  const bytes = frameBytes({ ':event-type': 'x' }, '{"a":1}')
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 0x10
    assert.deepEqual(framesIn([damaged]), { frames: [], reason: 'bad-answer' }, `byte ${at}`)
  }
})

test('a frame that pretends to be too long or too short is refused from its first bytes', () => {
  for (const length of [0, 15, 16 * 1024 * 1024 + 1, 0xffffffff]) {
    const prelude = Buffer.alloc(12)
    prelude.writeUInt32BE(length, 0)
    assert.equal(framesIn([prelude]).reason, 'bad-answer', String(length))
  }
})

test('after a damaged frame nothing is read', () => {
  const damaged = Buffer.from(two)
  damaged[20] = (damaged[20] ?? 0) ^ 1
  assert.deepEqual(framesIn([damaged, two]).frames, [])
})

test('the vendor’s own vectors are read, and its damaged ones refused', { skip: withoutRecordings }, async (t) => {
  for (const { id, file, files, features } of recordings('eventstream-framing', 'stream')) {
    await t.test(id, () => {
      const bytes = recorded(file)
      for (const size of [1, 5, bytes.length]) {
        const { frames, reason } = framesIn(piecesOf(bytes, size))
        if (features.includes('negative')) {
          assert.deepEqual({ count: frames.length, reason }, { count: 0, reason: 'bad-answer' })
          continue
        }
        const told = JSON.parse(recorded(files['decoded'] ?? '').toString())
        const texts = told.headers.filter((header: { type: number }) => header.type === 7)
        const expected = texts.map(({ name, value }: { name: string; value: string }) => [name, Buffer.from(value, 'base64').toString()])
        assert.deepEqual(Object.entries(frames[0]?.headers ?? {}), expected)
        assert.equal(frames[0]?.payload.toString('base64'), told.payload)
      }
    })
  }
})
