/** W1: small chat calls, not streamed, 64 at once: what a call costs. */
import { alternate, withField } from '../field.ts'
import { figureOf } from '../figures.ts'
import { question } from '../load/wire.ts'
import { measureCalls, warmUp } from './calls.ts'
import type { Shape } from './shape.ts'

const connections = 64

export const w1: Shape = {
  id: 'W1',
  title: 'chat, whole answers, 0.4 KB question, 0.5 KB answer, instant provider, 64 connections',
  run: ({ contenders, isQuick }) =>
    withField(contenders, { chunks: 1, gapMs: 0 }, async (entrants) => {
      const body = question(400, false)
      await warmUp(entrants, body, connections, isQuick ? 0.3 : 5)
      const plan = { connections, calls: 1_000_000, seconds: isQuick ? 0.5 : 4 }
      const rounds = await alternate(entrants, isQuick ? 1 : 5, (entrant) => measureCalls(entrant, body, plan))
      return [
        figureOf(
          rounds,
          'W1',
          ['CPU per request', 'µs', 'cpu'],
          [
            { times: 'bare', most: 1.3 },
            { times: 'nginx', most: 3 },
          ],
        ),
        figureOf(
          rounds,
          'W1',
          ['requests per second', '/s', 'rate'],
          [
            { times: 'bare', least: 0.8 },
            { times: 'portkey', least: 12 },
          ],
        ),
        figureOf(rounds, 'W1', ['p50', 'ms', 'p50']),
        figureOf(rounds, 'W1', ['p99', 'ms', 'p99']),
        figureOf(rounds, 'W1', ['peak memory', 'MB', 'peakMb']),
      ]
    }),
}
