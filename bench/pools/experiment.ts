/** The experiment: every scheduler on every pool under every load, and what its runs come to over the seeds. */
import { median } from '../statistics.ts'
import { minuteMs } from './hidden-key.ts'
import type { Matrix } from './options.ts'
import { loadNamed, run } from './run.ts'
import type { Run } from './run.ts'
import type { SchedulerName } from './schedulers/scheduler.ts'
import { variants } from './variants.ts'

/** Figures of one scheduler: medians over the seeds, and the worst where it matters. */
export interface Summary {
  /** Answered calls, and tokens, as a part of the omniscient scheduler's; NaN without it. */
  readonly goodput: number
  readonly worstGoodput: number
  readonly tokenGoodput: number
  /** Answered calls as a part of what the limits allow. */
  readonly ofBound: number
  /** Parts of all calls. */
  readonly limited: number
  readonly avoidable: number
  readonly worstAvoidable: number
  readonly requestsPerAnswer: number
  readonly waitP50Ms: number
  readonly waitP95Ms: number
  readonly fairness: number
  readonly violations: readonly string[]
}

/** One pool under one load. */
export interface Cell {
  readonly variant: string
  readonly load: string
  readonly summaries: ReadonlyMap<SchedulerName, Summary>
}

export async function* experiment(matrix: Matrix): AsyncGenerator<Cell> {
  for (const variant of matrix.variants) {
    for (const load of matrix.loads) yield { variant, load, summaries: await cellOf(matrix, variant, load) }
  }
}

async function cellOf({ schedulers, seeds, minutes }: Matrix, variant: string, load: string): Promise<Cell['summaries']> {
  const played = variants.get(variant)
  if (played === undefined) throw new Error(`There is no variant ${variant}.`)
  const runs = new Map<SchedulerName, Run[]>()
  for (const scheduler of schedulers) {
    const own: Run[] = []
    for (const seed of seeds) own.push(await run({ seed, variant: played, load: loadNamed(load), scheduler, lengthMs: minutes * minuteMs }))
    runs.set(scheduler, own)
  }
  return new Map([...runs].map(([scheduler, own]) => [scheduler, summaryOf(own, runs.get('omniscient') ?? [])]))
}

function summaryOf(runs: readonly Run[], best: readonly Run[]): Summary {
  const over = (figure: (one: Run, index: number) => number): number[] => runs.map(figure)
  const goodputs = over(({ answered }, index) => answered / (best[index]?.answered ?? Number.NaN))
  const avoidable = over(({ avoidableCalls, calls }) => avoidableCalls / calls)
  return {
    goodput: median(goodputs),
    worstGoodput: Math.min(...goodputs),
    tokenGoodput: median(over(({ answeredTokens }, index) => answeredTokens / (best[index]?.answeredTokens ?? Number.NaN))),
    ofBound: median(over(({ answered, boundCalls }) => answered / boundCalls)),
    limited: median(over(({ limitedCalls, calls }) => limitedCalls / calls)),
    avoidable: median(avoidable),
    worstAvoidable: Math.max(...avoidable),
    requestsPerAnswer: median(over(({ requests, answered }) => requests / answered)),
    waitP50Ms: median(over(({ waitP50Ms }) => waitP50Ms)),
    waitP95Ms: median(over(({ waitP95Ms }) => waitP95Ms)),
    fairness: median(over(({ fairness }) => fairness)),
    violations: runs.flatMap(({ violations }) => violations),
  }
}
