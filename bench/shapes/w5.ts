/** W5: long prompts, 256 KB, answered whole and as a stream: what a byte of the request costs. */
import { alternate, withField } from '../field.ts'
import type { Entrant } from '../field.ts'
import { figureOf } from '../figures.ts'
import type { Figure } from '../figures.ts'
import { question } from '../load/wire.ts'
import { measureCalls, warmUp } from './calls.ts'
import type { Shape } from './shape.ts'

const connections = 16
const bodyBytes = 256 * 1024

export const w5: Shape = {
  id: 'W5',
  title: '256 KB question, 16 connections, whole answers and instant streams of 10 chunks',
  run: ({ contenders, isQuick }) =>
    withField(contenders, { chunks: 10, gapMs: 0 }, async (entrants) => [
      ...(await measureKind(entrants, isQuick, false)),
      ...(await measureKind(entrants, isQuick, true)),
    ]),
}

async function measureKind(entrants: readonly Entrant[], isQuick: boolean, stream: boolean): Promise<Figure[]> {
  const body = question(bodyBytes, stream)
  await warmUp(entrants, body, connections, isQuick ? 0.3 : 2)
  const plan = { connections, calls: 1_000_000, seconds: isQuick ? 0.3 : 3 }
  const rounds = await alternate(entrants, isQuick ? 1 : 3, (entrant) => measureCalls(entrant, body, plan))
  const kind = stream ? 'streamed' : 'whole'
  return [
    figureOf(rounds, 'W5', [`CPU per request, ${kind}`, 'µs', 'cpu'], [{ times: 'nginx', most: 2 }]),
    figureOf(rounds, 'W5', [`requests per second, ${kind}`, '/s', 'rate']),
  ]
}
