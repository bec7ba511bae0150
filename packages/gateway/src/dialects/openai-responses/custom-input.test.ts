import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { InputUnwrapper, unwrapInput, wrapInput } from './custom-input.ts'

function unwrapped(pieces: readonly string[]): string {
  const unwrapper = new InputUnwrapper()
  return pieces.map((piece) => unwrapper.take(piece)).join('') + unwrapper.end()
}

function cutAt(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return [...pieces, text.slice(at)]
}

test('an input comes out of its wrapping as it went in, however it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(5)), fc.boolean(), (input, sizes, spaced) => {
      const wrapped = spaced ? `{ "input" : ${JSON.stringify(input)} }` : wrapInput(input)
      assert.equal(unwrapped(cutAt(wrapped, sizes)), input)
      assert.equal(unwrapInput(wrapped), input)
    }),
  )
})

test('escapes of every kind, and a pair of escapes cut between its halves', () => {
  const json = '{"input":"\\u00fc\\ud83d\\udc4b\\"\\\\\\/\\b\\f\\n\\r\\t"}'
  const { input } = JSON.parse(json) as { input: string }
  for (let at = 0; at <= json.length; at++) assert.equal(unwrapped([json.slice(0, at), json.slice(at)]), input)
})

test('it is told while it comes', () => {
  const unwrapper = new InputUnwrapper()
  assert.deepEqual(
    ['{"inp', 'ut":"*** Be', 'gin\\', 'n'].map((piece) => unwrapper.take(piece)),
    ['', '*** Be', 'gin', '\n'],
  )
})

test('a model that wrote something else is taken at its word', () => {
  for (const [written, meant] of [
    ['*** Begin Patch', '*** Begin Patch'],
    ['{"patch":"x"}', 'x'],
    ['{"why":"y","input":"x"}', 'x'],
    ['{"a":1}', '{"a":1}'],
    ['"x"', 'x'],
    ['', ''],
  ] as const) {
    assert.equal(unwrapInput(written), meant)
    assert.equal(unwrapped(written.split('')), meant)
  }
})

test('an input that was cut off keeps what had come', () => {
  assert.equal(unwrapped(['{"input":"ab']), 'ab')
})
