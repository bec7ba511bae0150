import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readCapLimit, readCapName, readCapRest } from './cap-grammar.ts'
import type { CapName } from './cap-grammar.ts'
import { canonicalName } from './canonical-name.ts'
import { duration } from './duration.ts'

const nothingKnown = { models: new Set<string>(), priorities: new Set<number>() }

test('limits are requests, parts of the known limit, or so much beside it', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000_000), fc.nat(100), (amount, percent) => {
      assert.deepEqual(readCapLimit(String(amount)), { ok: true, value: { is: 'requests', amount } })
      assert.deepEqual(readCapLimit(`+${amount}`), { ok: true, value: { is: 'offset', amount } })
      assert.deepEqual(readCapLimit(`-${amount}`), { ok: true, value: { is: 'offset', amount: amount === 0 ? 0 : -amount } })
      assert.deepEqual(readCapLimit(`${percent}%`), { ok: true, value: { is: 'share', amount: percent / 100 } })
    }),
  )
  assert.deepEqual(readCapLimit('2.5 %'), { ok: true, value: { is: 'share', amount: 0.025 } })
})

test('whatever else is written as a limit is refused, and nothing makes the reader fall over', () => {
  for (const text of ['', '%', '101%', '+80%', '-80%', '1.5', '+1.5', '1e3', '0x10', '1,000', '٣', 'Infinity', '1000000001', '5 5']) {
    assert.equal(readCapLimit(text).ok, false, text)
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const reading = readCapLimit(text)
      assert.ok(!reading.ok || Number.isFinite(reading.value.amount))
      assert.equal(typeof readCapRest(text).ok, 'boolean')
    }),
  )
})

test('rests go by the window, beside it, or for a time of their own, in seconds or with units', () => {
  assert.deepEqual(readCapRest('quota_reset'), { ok: true, value: { is: 'reset' } })
  assert.deepEqual(readCapRest('offset:90'), { ok: true, value: { is: 'offset', ms: 90_000 } })
  assert.deepEqual(readCapRest('offset:-1h30m'), { ok: true, value: { is: 'offset', ms: -5_400_000 } })
  assert.deepEqual(readCapRest('Fixed: +2d'), { ok: true, value: { is: 'fixed', ms: 172_800_000 } })
  for (const text of ['fixed', 'fixed:', 'fixed:-5', 'offset:soon', 'quota_reset:5', 'reset', '300', 'fixed:1h30', 'fixed:32d']) {
    assert.equal(readCapRest(text).ok, false, text)
  }
})

test('a time is the sum of its parts', () => {
  const part = fc.record({ days: fc.nat(9), hours: fc.nat(99), minutes: fc.nat(99), seconds: fc.nat(99) })
  fc.assert(
    fc.property(part, fc.boolean(), ({ days, hours, minutes, seconds }, isNegative) => {
      const sum = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
      const text = `${isNegative ? '-' : ''}${days}d${hours}h${minutes}m${seconds}s`
      assert.deepEqual(duration(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)(text), {
        ok: true,
        value: isNegative && sum > 0 ? -sum : sum,
      })
    }),
  )
})

test('a name in its canonical form stays as it is, and capitals and signs do not matter', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const canonical = canonicalName(name)
      assert.equal(canonicalName(canonical), canonical)
      assert.equal(canonicalName(canonical.toUpperCase()), canonical)
      assert.match(canonical, /^(?:[a-z0-9]+(?:_[a-z0-9]+)*)?$/)
    }),
  )
  assert.equal(canonicalName('gemini-2.5-pro'), canonicalName('GEMINI_2_5_PRO'))
  assert.equal(canonicalName('meta-llama/Llama-3.3-70b:free'), 'meta_llama_llama_3_3_70b_free')
})

const modelName = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 4 })
  .map((words) => words.join('-'))
  .filter((name) => canonicalName(name) !== '')
const priorities = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 })

const asVariable = (model: string): string => canonicalName(model).toUpperCase()

test('two underscores end the priorities, whatever the model begins with', () => {
  fc.assert(
    fc.property(modelName, priorities, (model, wanted) => {
      const expected: CapName = { priorities: wanted, model: canonicalName(model), isGuess: false }
      assert.deepEqual(readCapName(`T${wanted.join('_')}__${asVariable(model)}`, nothingKnown), expected)
    }),
  )
})

test('a model that is known is never eaten by the priorities', () => {
  fc.assert(
    fc.property(modelName, priorities, (model, wanted) => {
      const ascending = wanted.toSorted((a, b) => a - b)
      const hints = { models: new Set([canonicalName(model)]), priorities: new Set<number>() }
      const read = readCapName(`T${ascending.join('_')}_${asVariable(model)}`, hints)
      assert.deepEqual([read?.model, read?.priorities, read?.isGuess], [canonicalName(model), ascending, false])
    }),
  )
})

test('a model that begins with a letter leaves no doubt for one priority, and the keys decide for several', () => {
  assert.deepEqual(readCapName('T1_LLAMA_3_3', nothingKnown), { priorities: [1], model: 'llama_3_3', isGuess: false })
  assert.deepEqual(readCapName('T1_4O_MINI', nothingKnown), { priorities: [1], model: '4o_mini', isGuess: false })
  const keys = { models: new Set<string>(), priorities: new Set([1, 2]) }
  assert.deepEqual(readCapName('T1_2_BIG', keys), { priorities: [1, 2], model: 'big', isGuess: true })
  assert.deepEqual(readCapName('T1_2_5_PRO', { ...keys, priorities: new Set([1]) }), { priorities: [1], model: '2_5_pro', isGuess: true })
  assert.deepEqual(readCapName('T2_1_5_FLASH', keys), { priorities: [2], model: '1_5_flash', isGuess: false })
  assert.deepEqual(readCapName('TDEFAULT_2_5_PRO', nothingKnown), { priorities: undefined, model: '2_5_pro', isGuess: false })
})

test('a name without a priority or without a model is none', () => {
  for (const rest of ['', 'T1', 'T1_', 'T1__', 'TDEFAULT', 'TDEFAULT_', 'BIG', 'T0_BIG', 'T01_BIG', 'TX_BIG', 'T1_2', 'T0__BIG']) {
    assert.equal(readCapName(rest, nothingKnown)?.model, rest === 'T1_2' ? '2' : undefined, rest)
  }
})
