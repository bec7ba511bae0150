/** W7: the latency that each contender adds when nothing else goes on: calls to all and to the mock alone take turns. */
import { withField } from '../field.ts'
import type { Rounds } from '../field.ts'
import { figureOf } from '../figures.ts'
import { requestBytes } from '../load/connection.ts'
import { interleaved } from '../load/interleaved.ts'
import { question } from '../load/wire.ts'
import { quantile } from '../statistics.ts'
import { warmUp } from './calls.ts'
import type { Shape } from './shape.ts'

export const w7: Shape = {
  id: 'W7',
  title: 'one call at a time, all contenders in turn: latency over the mock alone',
  run: ({ contenders, isQuick }) =>
    withField(contenders, { chunks: 1, gapMs: 0 }, async (entrants) => {
      const body = question(400, false)
      await warmUp(entrants, body, 8, isQuick ? 0.3 : 3)
      const targets = entrants.map(({ port, headers }) => ({ port, request: requestBytes(headers, body) }))
      const latencies = await interleaved(targets, isQuick ? 300 : 5000, isQuick ? 5 : 45)
      const floor = latencies[entrants.findIndex(({ name }) => name === 'mock')] ?? []
      const added = (index: number, at: number): number => quantile(latencies[index] ?? [], at) - quantile(floor, at)
      const all = entrants.map(({ name }, index) => [name, [{ p50: added(index, 0.5), p99: added(index, 0.99) }]] as const)
      const rounds: Rounds = new Map(all.filter(([name]) => name !== 'mock'))
      return [
        figureOf(rounds, 'W7', ['added p50', 'ms', 'p50'], [{ most: 0.25 }]),
        figureOf(rounds, 'W7', ['added p99', 'ms', 'p99'], [{ most: 1 }]),
      ]
    }),
}
