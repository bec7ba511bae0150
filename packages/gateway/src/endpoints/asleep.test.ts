import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyState } from '@keywheel/keyring'
import { isAsleep } from './asleep.ts'

test('a key is asleep until its rest is over, and not while it waits to be tested or is being tested', () => {
  const resting: KeyState = { is: 'resting', until: 1000, why: 'rate-limited', source: 'hint', failures: 1 }
  assert.equal(isAsleep(resting, 999), true)
  assert.equal(isAsleep(resting, 1000), false)
  assert.equal(isAsleep({ is: 'ready' }, 0), false)
  assert.equal(isAsleep({ is: 'probing', since: 0, failures: 1 }, 0), false)
})

test('a dead or used-up key is asleep until then, and a disabled one for as long as it is disabled', () => {
  const dead: KeyState = { is: 'dead', since: 0, until: 1000, why: 'key-rejected', source: 'growing', failures: 1 }
  const usedUp: KeyState = { is: 'exhausted', until: 1000, by: 'cap' }
  for (const state of [dead, usedUp]) assert.deepEqual([isAsleep(state, 999), isAsleep(state, 1000)], [true, false])
  assert.equal(isAsleep({ is: 'disabled', by: 'somebody' }, 1_000_000), true)
})
