/** W2: as W1 with 10 connections and 20,000 calls: the shape of a published comparison of gateways on two cores. */
import { alternate, withField } from '../field.ts'
import { figureOf } from '../figures.ts'
import { question } from '../load/wire.ts'
import { measureCalls, warmUp } from './calls.ts'
import type { Shape } from './shape.ts'

const connections = 10

export const w2: Shape = {
  id: 'W2',
  title: 'as W1 with 10 connections, 20,000 calls (10 s at most), 5 trials',
  run: ({ contenders, isQuick }) =>
    withField(contenders, { chunks: 1, gapMs: 0 }, async (entrants) => {
      const body = question(400, false)
      await warmUp(entrants, body, connections, isQuick ? 0.3 : 4)
      const plan = { connections, calls: isQuick ? 500 : 20_000, seconds: 10 }
      const rounds = await alternate(entrants, isQuick ? 1 : 5, (entrant) => measureCalls(entrant, body, plan))
      return [
        figureOf(rounds, 'W2', ['CPU per request', 'µs', 'cpu']),
        figureOf(rounds, 'W2', ['requests per second', '/s', 'rate']),
        figureOf(rounds, 'W2', ['p50', 'ms', 'p50']),
        figureOf(rounds, 'W2', ['p99', 'ms', 'p99']),
        figureOf(rounds, 'W2', ['peak memory', 'MB', 'peakMb']),
      ]
    }),
}
