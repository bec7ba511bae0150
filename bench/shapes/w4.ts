/** W4: 1,000 open streams: what memory each of them takes. */
import { alternate, withField } from '../field.ts'
import type { Entrant, Sample } from '../field.ts'
import { figureOf } from '../figures.ts'
import { requestBytes } from '../load/connection.ts'
import { readStreams } from '../load/streams.ts'
import { question } from '../load/wire.ts'
import { memoryKb } from '../process-cost.ts'
import type { Shape } from './shape.ts'

export const w4: Shape = {
  id: 'W4',
  title: '1,000 streams at once, a chunk every 200 ms: memory while they are open, over memory before',
  run: ({ contenders, isQuick }) =>
    withField(
      contenders.filter(({ name }) => name !== 'mock'),
      { chunks: isQuick ? 4 : 30, gapMs: 200 },
      async (entrants) => {
        const atOnce = isQuick ? 100 : 1000
        const rounds = await alternate(entrants, 1, (entrant) => measureMemory(entrant, atOnce))
        return [
          figureOf(rounds, 'W4', ['memory per open stream', 'KB', 'eachKb'], [{ most: 40 }]),
          figureOf(rounds, 'W4', ['memory in all', 'MB', 'allMb'], [{ most: 150 }]),
        ]
      },
    ),
}

/** A few streams go first, so that what is loaded and compiled once does not count. */
async function measureMemory({ name, port, pid, headers }: Entrant, atOnce: number): Promise<Sample> {
  const target = { port, request: requestBytes(headers, question(400, true)) }
  await readStreams(target, { atOnce: 20, each: 1, arriveWithinMs: 100 })
  const before = memoryKb(pid)?.now ?? Number.NaN
  let during = Number.NaN
  const { failed } = await readStreams(
    target,
    { atOnce, each: 1, arriveWithinMs: atOnce / 2 },
    () => (during = memoryKb(pid)?.now ?? Number.NaN),
  )
  if (failed > 0) throw new Error(`${name}: ${failed} of ${atOnce} streams failed.`)
  return { eachKb: (during - before) / atOnce, allMb: during / 1024 }
}
