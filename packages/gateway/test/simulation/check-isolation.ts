/** P10: whatever befalls other providers, keys and callers, a bystander's calls take as long as their provider does. */
import type { Checker, Violation } from './history.ts'
import { bystander } from './scenario.ts'

const mostShare = 1.2
/** Virtual time passes in whole milliseconds here and there. */
const epsilonMs = 5

export const checkIsolation: Checker = ({ calls, requests, kills }) =>
  calls.flatMap((call): Violation[] => {
    if (call.model !== `${bystander}/m` || kills.some(({ life }) => life === call.life)) return []
    const asked = requests.filter((request) => request.call === call.number)
    const [only] = asked
    if (only === undefined || asked.length > 1 || call.end !== 'properly' || call.status !== 200)
      return [
        { promise: 'P10', what: `call ${call.number} to the bystander was ${call.end} with ${call.status} after ${asked.length} requests` },
      ]
    const tookMs = call.endedAt - call.sentAt
    return tookMs <= mostShare * only.neededMs + epsilonMs
      ? []
      : [{ promise: 'P10', what: `call ${call.number} to the bystander took ${tookMs} ms where its provider needs ${only.neededMs}` }]
  })
