/** The experiment in small: each pool once, for ten virtual minutes at its full load. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readOptions } from './options.ts'
import { runOutage } from './outage.ts'
import { filledPage, pagePath } from './page.ts'
import { replay } from './replay.ts'
import { loadNamed, run } from './run.ts'
import type { Run } from './run.ts'
import type { SchedulerName } from './schedulers/scheduler.ts'
import { variants } from './variants.ts'
import type { Variant } from './variants.ts'

/** A greedy scheduler that knows everything is not quite the best there is. */
const greedySlack = 1.01

function tenMinutes(variant: Variant, scheduler: SchedulerName): Promise<Run> {
  return run({ seed: 1, variant, scheduler, load: loadNamed('1.0'), lengthMs: 600_000 })
}

for (const [name, variant] of variants) {
  test(`${name}: Keywheel answers more than round robin, nobody more than who knows all, and one seed gives one event log`, async () => {
    const best = await tenMinutes(variant, 'omniscient')
    const own = await tenMinutes(variant, 'keywheel')
    const again = await tenMinutes(variant, 'keywheel')
    const plain = await tenMinutes(variant, 'round-robin')
    assert.deepEqual(again, own)
    for (const { violations } of [best, own, plain]) assert.deepEqual(violations, [])
    assert.deepEqual([own.calls, plain.calls], [best.calls, best.calls])
    assert.equal(best.refused, 0)
    assert.ok(own.answered <= greedySlack * best.answered, `${own.answered} of ${best.answered}`)
    assert.ok(own.answered > plain.answered, `${own.answered}, round robin ${plain.answered}`)
  })
}

test('five thousand calls through every trouble of a key break nothing, twice in the same way, and otherwise with another seed', async () => {
  const hashes = new Set<string>()
  for (const seed of [1, 2]) {
    const { violations, run: replayed } = await replay(seed, { calls: 5000, seeds: [], isTwice: true })
    assert.deepEqual(violations, [])
    assert.equal(replayed.calls, 5000)
    hashes.add(replayed.hash)
  }
  assert.equal(hashes.size, 2)
})

test('a key that is left lying is found out', async () => {
  const [variant] = variants.values()
  assert.ok(variant !== undefined)
  // At a thousandth of the load most keys lie idle for longer than this: rightly so, but the watch has to say it.
  const idle = await run({
    seed: 1,
    variant,
    scheduler: 'omniscient',
    load: loadNamed('0.001'),
    lengthMs: 3_600_000,
    forgottenAfterMs: 600_000,
  })
  assert.match(idle.violations[0] ?? '', /was forgotten/)
})

test('an outage of a minute is not multiplied, and is over when it is over', async () => {
  for (const hasFallback of [false, true]) {
    const { loadShare, allLoadShare, recoveryMs, answeredDuring } = await runOutage({ seed: 1, hasFallback, failing: 1, rate: 200 })
    assert.ok(loadShare <= 1.2 && allLoadShare <= 1.2, `${loadShare} and ${allLoadShare} requests per call`)
    assert.ok(recoveryMs < 10_000, `${recoveryMs} ms`)
    assert.ok(answeredDuring >= (hasFallback ? 0.99 : 0), `${answeredDuring} answered`)
  }
})

test('the page has a place for each table, and the command line names what there is', () => {
  const page = readFileSync(pagePath, 'utf8')
  const names = ['circumstances', 'goodput', 'refusals', 'outage', 'replay']
  const filled = filledPage(page, Object.fromEntries(names.map((name) => [name, `here is ${name}`])))
  for (const name of names) assert.ok(filled.includes(`<!-- ${name} -->\nhere is ${name}\n<!-- /${name} -->`))
  assert.throws(() => filledPage(page, { nothing: '' }), /no place/)
  assert.deepEqual(readOptions(['--variant', 'told-fixed', '--load', '0.5', '--seeds', '2'])?.matrix.seeds, [1, 2])
  for (const wrong of [
    ['--variant', 'no'],
    ['--load', 'much'],
    ['--seeds', '0'],
    ['--scheduler', 'none'],
  ])
    assert.throws(() => readOptions(wrong))
})
