import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { overrideTemperatureZero } from './override-temperature.ts'

test('a body without a temperature of 0 is the very same, whatever it is', () => {
  for (const text of [
    '',
    '[]',
    '{',
    '--boundary\r\ntemperature\r\n0',
    '{"temperature":0.1}',
    '{"options":{"temperature":1},"temperature":null}',
  ]) {
    const body = Buffer.from(text)
    assert.equal(overrideTemperatureZero(body, 'set'), body)
    assert.equal(overrideTemperatureZero(body, 'remove'), body)
  }
})

test('only the temperature changes', () => {
  const others = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
  const group = fc.constantFrom('', 'options', 'generationConfig', 'generation_config')
  const all = fc.record({
    before: others,
    after: others,
    group,
    how: fc.constantFrom('set' as const, 'remove' as const),
    isZero: fc.boolean(),
  })
  fc.assert(
    fc.property(all, ({ before, after, group: name, how, isZero }) => {
      const inner = { ...before, temperature: isZero ? 0 : 0.5, ...without(after, 'temperature') }
      const asked = name === '' ? inner : { model: 'm', [name]: inner }
      const got: unknown = JSON.parse(overrideTemperatureZero(Buffer.from(JSON.stringify(asked)), how).toString())
      const changed = isZero ? { ...without(inner, 'temperature'), ...(how === 'set' && { temperature: 1 }) } : inner
      assert.deepEqual(got, JSON.parse(JSON.stringify(name === '' ? changed : { ...asked, [name]: changed })))
    }),
  )
})

function without(values: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name))
}
