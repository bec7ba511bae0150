/**
 * Broken connections, heads and bodies, each as both clients meet them, whole and streamed, from providers of either
 * dialect: what can be mended is not noticed, and what cannot is an honest error in the client's own words.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, faults } from '@keywheel/simulator'
import type { FaultId, FaultScript } from '@keywheel/simulator'
import { leaves } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'
import { tellsOf } from './faults/tells.ts'
import type { ToldReason } from './faults/tells.ts'
import { ask, heardIn, inWords, openWay, speeches, straight, suits, vendors, waysTo } from './faults/ways.ts'
import type { Speech, Way } from './faults/ways.ts'

/** What such a fault is for a client who has nowhere else to go; `answers`: it does no harm. */
const becomes: Readonly<Partial<Record<FaultId, ToldReason | 'answers'>>> = {
  F12: 'bad-answer',
  F13: 'bad-answer',
  F14: 'truncated',
  F15: 'answers',
  F16: 'upstream-broken',
  F17: 'upstream-broken',
  F18: 'bad-answer',
  F19: 'bad-answer',
  F21: 'upstream-broken',
  F23: 'truncated',
  F24: 'bad-answer',
  F25: 'truncated',
  F26: 'bad-answer',
  F27: 'bad-answer',
  F28: 'bad-answer',
  F29: 'bad-answer',
  F32: 'answers',
  F33: 'answers',
  F34: 'bad-answer',
}

/** undici takes no 100 that it has not asked for. */
const exceptions: Readonly<Record<string, ToldReason>> = { 'F15 continue': 'upstream-broken', 'F15 continue-stream': 'upstream-broken' }

for (const [id, reason] of Object.entries(becomes) as [FaultId, ToldReason | 'answers'][]) {
  for (const provider of speeches) {
    test(`${id} ${faults[id].title}: both clients, whole and streamed, ${vendors[provider]} provider`, async (t) => {
      const stand = await openWay(t, straight(provider), { settings: 'retry: { max_wait_ms: 0 }' })
      stand.beta.script('*', answer({ text: 'from beta' }))
      const rows: string[] = []
      for (const { way, variant } of triesOf(id, provider)) {
        await t.test(`${variant}, ${inWords(way)}`, async () => {
          const became = exceptions[`${id} ${variant}`] ?? reason
          rows.push('answered 200 seen')
          if (became === 'answers') await answersAllTheSame({ way, variant, stand, fault: faults[id] })
          else rows.push(await isPassedOver({ way, variant, stand, fault: faults[id], reason: became }))
        })
        stand.clock.advance(600_000)
      }
      await leaves(stand, ...rows)
    })
  }
}

function triesOf(id: FaultId, provider: Speech): readonly { readonly way: Way; readonly variant: string }[] {
  const fault = faults[id]
  return fault.variants.flatMap((variant) =>
    waysTo(provider)
      .filter((way) => suits(fault.on(variant), way))
      .map((way) => ({ way, variant })),
  )
}

interface Tried {
  readonly stand: Stand
  readonly way: Way
  readonly fault: FaultScript
  readonly variant: string
}

/** The next provider answers and nothing is noticed; without a next one it is told in the client's own words. Gives the row of that. */
async function isPassedOver({ stand, way, fault, variant, reason }: Tried & { readonly reason: ToldReason }): Promise<string> {
  const options = { variant, speech: way.provider, location: `${stand.beta.origin}/elsewhere`, events: 3 }
  stand.alpha.script('*', fault.reply(options))
  const asked = stand.beta.calls.length
  const chained = await ask(stand, way)
  assert.deepEqual([chained.status, chained.headers['x-keywheel-provider']], [200, 'beta'])
  assert.deepEqual(heardIn(way, chained), { text: 'from beta', ended: true, error: undefined })
  assert.equal(stand.beta.calls.length, asked + 1)
  stand.clock.advance(600_000)
  const alone = await ask(stand, way, { model: 'alpha/m' })
  const { status, type, code } = tellsOf(way.client, reason)
  const { error } = heardIn(way, alone)
  assert.deepEqual([alone.status, error?.type, error?.code], [status, type, code])
  assert.ok(Number(alone.headers['retry-after']) >= 1)
  assert.ok(!alone.body.includes('0123456789abcdef'))
  return `failed ${status} ${reason}`
}

async function answersAllTheSame({ stand, way, fault, variant }: Tried): Promise<void> {
  stand.alpha.script('*', fault.reply({ variant, speech: way.provider }))
  const asked = stand.beta.calls.length
  const heard = heardIn(way, await ask(stand, way))
  assert.match(heard.text, /^The quick brown fox jumps over the lazy dog\./)
  assert.deepEqual([heard.ended, heard.error, stand.beta.calls.length], [true, undefined, asked])
}
