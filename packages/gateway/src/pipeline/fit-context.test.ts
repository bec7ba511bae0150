import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sketch } from '../dialects/dialect.ts'
import { groq } from '../providers/catalogue/groq.ts'
import type { PlannedTarget, RoutePlan } from '../routing/plan.ts'
import { fitContext } from './fit-context.ts'

const timeouts = {
  connectMs: 1,
  firstByteMs: 1,
  reasoningFirstByteMs: 1,
  wholeFirstByteMs: 1,
  idleMs: 1,
  deadlineMs: 1,
  streamLifeMs: 1,
}

function target(model: string, contextTokens?: number): PlannedTarget {
  const known = contextTokens === undefined ? {} : { known: { contextTokens } }
  return { pool: 'groq', model, provider: groq, shownModel: `groq/${model}`, rejects: [], timeouts, ...known }
}

function plan(...targets: PlannedTarget[]): RoutePlan {
  return { asked: 'x', targets, refused: [], deadlineMs: 1000 }
}

function sketch(text: string): Sketch {
  return { model: 'x', stream: false, maxTokensFields: [], wantsUsage: false, bytes: Buffer.from(text), members: [] }
}

const long = sketch('words and words '.repeat(40_000))

test('a target whose window is far too small is asked last, one whose window is unknown keeps its place', () => {
  const fitted = fitContext(plan(target('small', 8192), target('unknown'), target('large', 1_000_000)), long)
  assert.deepEqual(
    fitted.targets.map(({ model }) => model),
    ['unknown', 'large', 'small'],
  )
})

test('the plan is the same object where all may fit, none does, the prompt is short, or it holds media', () => {
  const both = plan(target('small', 8192), target('large', 1_000_000))
  const none = plan(target('small', 8192), target('tiny', 4096))
  assert.equal(fitContext(none, long), none)
  assert.equal(fitContext(both, sketch('short')), both)
  assert.equal(fitContext(both, sketch(`data:image/png;base64,${'A'.repeat(900_000)}`)), both)
  assert.equal(fitContext(plan(target('large', 1_000_000), target('a')), long).targets.length, 2)
})
