import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ToolNames } from './tool-names.ts'

function space(name: string, ...inner: string[]): object {
  return { type: 'namespace', name, tools: inner.map((each) => ({ type: 'function', name: each })) }
}

test('names of a namespace are made of both, and found back', () => {
  const names = new ToolNames([space('mcp__files', 'read', 'write')])
  const flat = names.flat('read', 'mcp__files')
  assert.equal(flat, 'mcp__files__read')
  assert.deepEqual(names.origin(flat), { name: 'read', namespace: 'mcp__files', isCustom: false })
})

test('names that are too long, or hold what models do not take, are shortened into names of their own', () => {
  const long = 'x'.repeat(70)
  const names = new ToolNames([space('a.b/c', 'read', `${long}1`, `${long}2`)])
  const flats = ['read', `${long}1`, `${long}2`].map((name) => names.flat(name, 'a.b/c'))
  assert.equal(new Set(flats).size, 3)
  for (const [at, flat] of flats.entries()) {
    assert.match(flat, /^[\w-]{1,64}$/)
    assert.equal(names.origin(flat).name, ['read', `${long}1`, `${long}2`][at])
  }
  const elsewhere = new ToolNames([])
  assert.equal(elsewhere.flat('read', 'a.b/c'), flats[0], 'the name of a tool that is offered no more is the same')
})

test('a name that is taken already gives way', () => {
  const names = new ToolNames([{ type: 'function', name: 'a__b' }, space('a', 'b')])
  const flat = names.flat('b', 'a')
  assert.notEqual(flat, 'a__b')
  assert.deepEqual(names.origin(flat), { name: 'b', namespace: 'a', isCustom: false })
  assert.deepEqual(names.origin('a__b'), { name: 'a__b', isCustom: false })
})
