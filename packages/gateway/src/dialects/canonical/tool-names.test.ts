import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { CanonicalRequest, Tool } from './request.ts'
import { ToolNames, unwrapCustomInput, wrapCustomInput, wrapCustomTool } from './tool-names.ts'

const rule = { fits: /^[A-Za-z_][A-Za-z0-9_]*$/, longest: 20 }

function names(...tools: Tool[]): ToolNames {
  const request: CanonicalRequest = { from: 'openai-chat', model: 'm', stream: false, turns: [], tools, sampling: {}, extras: {} }
  return new ToolNames(request, rule)
}

test('a name that fits stays, whatever is known of the request', () => {
  assert.equal(names().out('get_weather'), 'get_weather')
  assert.equal(new ToolNames(undefined, rule).back('anything-at-all'), 'anything-at-all')
})

test('whatever the name, what goes out fits, comes back, and is the same every time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const tool: Tool = { is: 'function', name }
      const out = names(tool).out(name)
      assert.match(out, rule.fits)
      assert.ok(out.length <= rule.longest)
      assert.equal(names(tool).out(name), out)
      assert.equal(names(tool).back(out), name)
    }),
    { seed: 7, numRuns: 500 },
  )
})

test('long names with the same beginning stay apart', () => {
  const long = 'a'.repeat(40)
  assert.notEqual(names().out(`${long}1`), names().out(`${long}2`))
})

test('custom tools are known by the caller’s name, and their text goes through its wrapping unchanged', () => {
  const known = names({ is: 'custom', name: 'apply-patch' }, { is: 'function', name: 'f' })
  assert.deepEqual([known.isCustom('apply-patch'), known.isCustom('f')], [true, false])
  fc.assert(fc.property(fc.string(), (text) => assert.equal(unwrapCustomInput(wrapCustomInput(text)), text)))
  assert.equal(unwrapCustomInput('no JSON'), 'no JSON')
})

test('a grammar is told in words', () => {
  const { description, parameters } = wrapCustomTool({
    is: 'custom',
    name: 'x',
    description: 'Edits',
    format: { type: 'grammar', definition: 'start: "a"' },
  })
  assert.match(description ?? '', /^Edits\n\nThe input must follow this grammar: .*start/)
  assert.deepEqual(parameters, { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] })
})
