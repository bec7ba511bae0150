/** P5: one row with a terminal state for each accepted call. P14: with the store gone calls go on, and it is announced. */
import { nemesesOf } from './history.ts'
import type { CallSeen, Checker, History, RowSeen, Violation } from './history.ts'
import { attemptsIn, rowsByCall, wasResting } from './rows-by-call.ts'

export const checkRows: Checker = (history) => {
  const rows = rowsByCall(history)
  const known = new Set([...rows.values()].map(({ row }) => row.id))
  const found: Violation[] = history.rows
    .filter(({ row }) => !known.has(row.id))
    .map(({ row }) => ({ promise: 'P5', what: `row ${row.id} belongs to no call` }))
  for (const call of history.calls) {
    const seen = rows.get(call)
    if (seen === undefined) found.push(...missing(call, history))
    else found.push(...wrong(call, seen, history))
  }
  return found
}

function missing(call: CallSeen, history: History): Violation[] {
  const kill = history.kills.find(({ life }) => life === call.life)
  const wasAsked = history.requests.some((request) => request.call === call.number)
  // Before any provider was asked a dead process owes nothing, and what a full disk did not take died with it.
  if (kill !== undefined && (!wasAsked || isStoreGoneAt(kill.at, history))) return []
  return [broken(call, 'has no row')]
}

const terminal: ReadonlySet<string> = new Set(['answered', 'failed', 'cancelled', 'broken', 'interrupted'])

function wrong(call: CallSeen, { row, settled }: RowSeen, history: History): Violation[] {
  const isKilled = history.kills.some(({ life }) => life === call.life)
  const wasAnswered = call.end === 'properly' && call.status === 200
  const wasCut = call.habit === 'patient' && call.end === 'cut'
  const isInterrupted = row.end === 'interrupted'
  const faults: readonly (readonly [boolean, string])[] = [
    [!terminal.has(row.end), `has a row without an end: ${row.end}`],
    [isInterrupted && !isKilled, 'is recorded as interrupted, and its gateway lives'],
    [!isInterrupted && settled !== 1, `was settled ${settled} times`],
    [wasAnswered && !isKilled && row.end !== 'answered', `was answered and is recorded as ${row.end}`],
    [wasCut && row.end === 'answered', 'was cut and is recorded as answered'],
  ]
  return faults.filter(([isSo]) => isSo).map(([, what]) => broken(call, what))
}

function isStoreGoneAt(at: number, history: History): boolean {
  return nemesesOf(history, 'store-gone').some(({ from, until }) => from <= at - history.startedAt && at - history.startedAt <= until)
}

export const checkDegrading: Checker = (history) => {
  const rows = rowsByCall(history)
  return nemesesOf(history, 'store-gone').flatMap((gone) => {
    const from = history.startedAt + gone.from
    const until = history.startedAt + gone.until
    const meanwhile = history.calls.filter(({ sentAt }) => from < sentAt && sentAt < until)
    const found: Violation[] = meanwhile
      .filter((call) => call.habit === 'patient' && call.end !== 'killed')
      .filter((call) => !wasTried(call, rows.get(call), history) && !hadToRest(call, history))
      .map((call) => ({ promise: 'P14', what: `call ${call.number} was not tried without the store: ${call.status ?? call.end}` }))
    const isAnnounced = history.lines.some(({ at, fields }) => fields['event'] === 'usage.failed' && from <= at && at <= until)
    if (meanwhile.length > 0 && !isAnnounced)
      found.push({ promise: 'P14', what: `the store was gone from ${gone.from} ms on and nobody said so` })
    return found
  })
}

/** Providers do not see a connection that they refuse, and a row may be lost with a dead process: either will do. */
function wasTried({ number }: CallSeen, seen: RowSeen | undefined, { requests }: History): boolean {
  return requests.some(({ call }) => call === number) || (seen !== undefined && attemptsIn(seen).length > 0)
}

/** What the call could have gone to is limited or rests: with or without a store it may have to be refused. */
function hadToRest({ model, life, endedAt, sentAt, status }: CallSeen, history: History): boolean {
  if (status === 429) return true
  const providers = history.scenario.providers.map(({ name }) => name).filter((name) => model === 'chain' || model === `${name}/m`)
  return providers.some((provider) => [sentAt, endedAt].some((at) => wasResting(history, { provider, life, at })))
}

function broken(call: CallSeen, what: string): Violation {
  return { promise: 'P5', what: `call ${call.number} ${what}` }
}
