/** W3: 400 streams at once, a chunk every 40 ms: what a chunk costs, and what is added to the first token. */
import { alternate, withField } from '../field.ts'
import type { Entrant, Rounds, Sample } from '../field.ts'
import { figureOf } from '../figures.ts'
import { requestBytes } from '../load/connection.ts'
import type { CallTarget } from '../load/connection.ts'
import { readStreams } from '../load/streams.ts'
import type { StreamPlan } from '../load/streams.ts'
import { question } from '../load/wire.ts'
import { cpuMicros, memoryKb } from '../process-cost.ts'
import { quantile } from '../statistics.ts'
import type { Shape } from './shape.ts'

const gapMs = 40

export const w3: Shape = {
  id: 'W3',
  title: '400 streams at once, 100 chunks each, 40 ms apart',
  run: ({ contenders, isQuick }) =>
    withField(contenders, { chunks: isQuick ? 15 : 100, gapMs }, async (entrants) => {
      const atOnce = isQuick ? 100 : 400
      const plan = { atOnce, each: isQuick ? 1 : 2, arriveWithinMs: isQuick ? 200 : 1000 }
      if (!isQuick) for (const entrant of entrants) await measureStreams(entrant, { atOnce, each: 1, arriveWithinMs: 500 })
      const rounds = withAdded(await alternate(entrants, isQuick ? 1 : 3, (entrant) => measureStreams(entrant, plan)))
      return [
        figureOf(rounds, 'W3', ['CPU per chunk', 'µs', 'cpu'], [{ times: 'nginx', most: 2.2 }]),
        figureOf(rounds, 'W3', ['added to the first token, p50', 'ms', 'addedFirst']),
        figureOf(rounds, 'W3', ['first token, p99', 'ms', 'firstP99']),
        figureOf(rounds, 'W3', ['gap between chunks, p99', 'ms', 'gapP99']),
        figureOf(rounds, 'W3', ['peak memory', 'MB', 'peakMb']),
      ]
    }),
}

function measureStreams(entrant: Entrant, plan: StreamPlan): Promise<Sample> {
  return measureStreamsOf(entrant, { port: entrant.port, request: requestBytes(entrant.headers, question(400, true)) }, plan)
}

/** Streams of any dialect. */
export async function measureStreamsOf(entrant: Entrant, target: CallTarget, plan: StreamPlan): Promise<Sample> {
  const before = cpuMicros(entrant.pid)
  const { chunks, failed, firstContent, gaps } = await readStreams(target, plan)
  const after = cpuMicros(entrant.pid)
  if (failed > 0 || chunks === 0) throw new Error(`${entrant.name}: ${failed} streams failed, ${chunks} chunks came.`)
  const isProxy = entrant.name !== 'mock'
  return {
    ...(isProxy && before !== undefined && after !== undefined && { cpu: (after - before) / chunks }),
    firstP50: quantile(firstContent, 0.5),
    firstP99: quantile(firstContent, 0.99),
    gapP99: quantile(gaps, 0.99),
    ...(isProxy && { peakMb: (memoryKb(entrant.pid)?.peak ?? Number.NaN) / 1024 }),
  }
}

/** The time to the first token less that of the mock alone in the same round. */
function withAdded(rounds: Rounds): Rounds {
  const floor = rounds.get('mock') ?? []
  const added = (samples: readonly Sample[]): Sample[] =>
    samples.map((sample, round) => ({
      ...sample,
      addedFirst: (sample['firstP50'] ?? Number.NaN) - (floor[round]?.['firstP50'] ?? Number.NaN),
    }))
  return new Map([...rounds].map(([name, samples]) => [name, name === 'mock' ? samples : added(samples)]))
}
