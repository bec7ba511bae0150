/** W6: the shapes of W1 and W3 from a caller of Anthropic's dialect to an OpenAI-style provider: what translating costs. */
import { alternate, withField } from '../field.ts'
import type { Entrant, Sample } from '../field.ts'
import { figureOf } from '../figures.ts'
import type { Figure } from '../figures.ts'
import { closedLoop } from '../load/closed-loop.ts'
import { requestBytes } from '../load/connection.ts'
import { messagesMark, messagesQuestion, question } from '../load/wire.ts'
import { measureRequests } from './calls.ts'
import type { Setting, Shape } from './shape.ts'
import { measureStreamsOf } from './w3.ts'

const connections = 64
const questionBytes = 400

export const w6: Shape = {
  id: 'W6',
  title: 'W1 and W3 with an Anthropic caller in front of an OpenAI-style provider, beside the same gateway passing through',
  run: async (setting) => [...(await wholeFigures(setting)), ...(await streamFigures(setting))],
}

/** One gateway plays both parts, so that nothing differs but the dialect of the caller. */
function asBoth(entrants: readonly Entrant[]): readonly Entrant[] {
  return entrants.filter(({ name }) => name === 'gateway').flatMap((entrant) => [entrant, { ...entrant, name: 'passing' } as const])
}

function requestOf({ name, headers }: Entrant, stream: boolean): Buffer {
  if (name === 'passing') return requestBytes(headers, question(questionBytes, stream))
  return requestBytes({ ...headers, 'anthropic-version': '2023-06-01' }, messagesQuestion(questionBytes, stream), '/v1/messages')
}

function gatewayOnly({ contenders }: Setting): Setting['contenders'] {
  return contenders.filter(({ name }) => name === 'gateway')
}

function wholeFigures(setting: Setting): Promise<readonly Figure[]> {
  const { isQuick } = setting
  return withField(gatewayOnly(setting), { chunks: 1, gapMs: 0 }, async (entrants) => {
    const both = asBoth(entrants)
    const warmUp = { connections, calls: 1_000_000, seconds: isQuick ? 0.3 : 5 }
    for (const entrant of both) await closedLoop({ port: entrant.port, request: requestOf(entrant, false) }, warmUp)
    const plan = { connections, calls: 1_000_000, seconds: isQuick ? 0.5 : 4 }
    const rounds = await alternate(both, isQuick ? 1 : 5, (entrant) => measureRequests(entrant, requestOf(entrant, false), plan))
    return [
      figureOf(rounds, 'W6', ['CPU per request', 'µs', 'cpu'], [{ times: 'passing', most: 2 }]),
      figureOf(rounds, 'W6', ['requests per second', '/s', 'rate']),
      figureOf(rounds, 'W6', ['p50', 'ms', 'p50']),
      figureOf(rounds, 'W6', ['p99', 'ms', 'p99']),
    ]
  })
}

function streamFigures(setting: Setting): Promise<readonly Figure[]> {
  const { isQuick } = setting
  return withField(gatewayOnly(setting), { chunks: isQuick ? 15 : 100, gapMs: 40 }, async (entrants) => {
    const both = asBoth(entrants)
    const atOnce = isQuick ? 100 : 400
    const measure = (entrant: Entrant, each: number): Promise<Sample> => {
      const target = { port: entrant.port, request: requestOf(entrant, true), ...(entrant.name === 'gateway' && { mark: messagesMark }) }
      return measureStreamsOf(entrant, target, { atOnce, each, arriveWithinMs: isQuick ? 200 : 1000 })
    }
    if (!isQuick) for (const entrant of both) await measure(entrant, 1)
    const rounds = await alternate(both, isQuick ? 1 : 3, (entrant) => measure(entrant, isQuick ? 1 : 2))
    return [
      figureOf(rounds, 'W6', ['CPU per chunk', 'µs', 'cpu'], [{ times: 'passing', most: 2 }]),
      figureOf(rounds, 'W6', ['first token, p50', 'ms', 'firstP50']),
      figureOf(rounds, 'W6', ['first token, p99', 'ms', 'firstP99']),
    ]
  })
}
