/** What the experiment was asked for on the command line. */
import { parseArgs } from 'node:util'
import type { ReplayPlan } from './replay.ts'
import { isSchedulerName, schedulerNames } from './schedulers/scheduler.ts'
import type { SchedulerName } from './schedulers/scheduler.ts'
import { variants } from './variants.ts'

/** Which runs of the pools. */
export interface Matrix {
  readonly variants: readonly string[]
  readonly loads: readonly string[]
  readonly schedulers: readonly SchedulerName[]
  readonly seeds: readonly number[]
  readonly minutes: number
}

export interface Options {
  readonly does: 'pools' | 'outage' | 'replay' | 'all'
  readonly matrix: Matrix
  readonly replay: ReplayPlan
  readonly saves: boolean
}

const loads = ['0.7', '1.0', '1.5', 'bursty']

/** Printed for `--help` and for what cannot be read. */
export const usage: string = `npm run experiment -- [--variant A,B] [--load A,B] [--scheduler A,B] [--seeds 3] [--seed 1] [--minutes 60]
npm run experiment -- --outage [--seeds 3]
npm run experiment -- --calls 1000000 [--seed 1] [--seeds 1] [--twice]
npm run experiment -- --save

  --variant    ${[...variants.keys()].join(', ')}; all unless given
  --load       ${loads.join(', ')}, or any part of the capacity; all of these unless given
  --scheduler  ${schedulerNames.join(', ')}; all unless given (the omniscient one is what others are compared with)
  --seeds      how many, counted from --seed on; 3 unless given, 10 with --save, 1 with --calls
  --minutes    how long the virtual run is
  --outage     only the outage of a minute at 200 calls a second
  --calls      only a replay of so many calls, with its invariants checked; --twice: again, and both hashes must be the same
  --save       everything, with ten seeds and a million calls, written to docs/key-pools.md
`

/** undefined where help is wanted. */
export function readOptions(argv: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      variant: { type: 'string' },
      load: { type: 'string' },
      scheduler: { type: 'string' },
      seeds: { type: 'string' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '60' },
      calls: { type: 'string' },
      twice: { type: 'boolean', default: false },
      outage: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const usualSeeds = values.calls === undefined ? 3 : 1
  const first = whole('--seed', values.seed)
  const count = values.seeds === undefined ? (values.save ? 10 : usualSeeds) : whole('--seeds', values.seeds)
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  return {
    does: whatOf(values),
    matrix: {
      variants: listed('variant', values.variant, [...variants.keys()]),
      loads: values.load?.split(',').map(checkedLoad) ?? loads,
      schedulers: listed('scheduler', values.scheduler, schedulerNames).filter(isSchedulerName),
      seeds,
      minutes: whole('--minutes', values.minutes),
    },
    replay: {
      calls: values.calls === undefined ? 1_000_000 : whole('--calls', values.calls),
      seeds: values.save ? [first] : seeds,
      isTwice: values.twice || values.save,
    },
    saves: values.save,
  }
}

function whatOf(values: { readonly save: boolean; readonly outage: boolean; readonly calls?: string }): Options['does'] {
  if (values.save) return 'all'
  if (values.outage) return 'outage'
  return values.calls === undefined ? 'pools' : 'replay'
}

function listed(what: string, given: string | undefined, all: readonly string[]): readonly string[] {
  const names = given?.split(',').map((name) => name.trim()) ?? all
  for (const name of names) if (!all.includes(name)) throw new Error(`There is no ${what} ${name}.`)
  return names
}

function checkedLoad(name: string): string {
  if (name !== 'bursty' && !(Number(name) > 0)) throw new Error(`${name} is no load.`)
  return name
}

function whole(what: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${what} wants a whole number, not ${text}.`)
  return value
}
