/** When all is over nothing is left: no slot, no timer, no key forgotten, and no exception that nobody expected. */
import type { Checker, History, Violation } from './history.ts'

/** A day, and a little more because rests are drawn a little longer than providers ask. */
const longestRestMs = 24 * 3_600_000 + 60_000

export const checkQuiet: Checker = (history) => {
  const { inFlight, timersAtStart, timersAtEnd, forgotten, longestRestMs: restMs } = history.aftermath
  const found: string[] = []
  if (inFlight !== 0) found.push(`${inFlight} calls are in flight for ever`)
  if (timersAtEnd !== timersAtStart) found.push(`${timersAtEnd} timers wait where ${timersAtStart} did at the start`)
  if (restMs > longestRestMs) found.push(`something rests for ${restMs} ms`)
  for (const key of forgotten) found.push(`key ${key} was not chosen again after its rest`)
  for (const call of history.calls) if (call.end === 'open') found.push(`call ${call.number} never ended`)
  return [...found.map((what): Violation => ({ promise: 'quiet', what })), ...stuckKeys(history), ...bugs(history)]
}

function stuckKeys({ aftermath, requests }: History): Violation[] {
  const found: Violation[] = []
  for (const { name, keys } of aftermath.pools) {
    for (const { id, inFlight, state, models } of keys) {
      const states = [state, ...Object.values(models).map((model) => model.state)]
      const what = `key ${name}/${id}`
      if (inFlight !== 0) found.push({ promise: 'quiet', what: `${what} still has ${inFlight} calls` })
      if (states.some(({ is }) => is === 'probing'))
        found.push({ promise: 'quiet', what: `${what} is being probed and no call is under way` })
      const wasRefused = requests.some((request) => request.keyId === id && request.outcome === 'refused')
      if (state.is === 'dead' && !wasRefused) found.push({ promise: 'quiet', what: `${what} is dead and nobody refused it` })
    }
  }
  return found
}

/** The gateway's own component tells of exceptions that nobody expected and of listeners that threw. */
function bugs({ lines }: History): Violation[] {
  const errors = lines.filter(({ fields }) => fields['level'] === 'error' && fields['component'] === 'gateway')
  return errors.map(({ fields }) => ({ promise: 'bug', what: JSON.stringify(fields) }))
}
