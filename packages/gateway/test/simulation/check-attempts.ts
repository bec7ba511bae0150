/** P3: attempts, time and retries keep to their bounds. P4: what was asked of providers is in the row, all of it and nothing else. */
import { isFault } from '@keywheel/keyring'
import { defaultRetry } from '../../src/config/defaults.ts'
import type { AttemptRecord } from '../../src/domain/usage.ts'
import type { CallSeen, Checker, History, RequestSeen, Violation } from './history.ts'
import { attemptsIn, roundingMs, rowsByCall, wasResting } from './rows-by-call.ts'
import { deadlineMs, streamLifeMs } from './settings.ts'

/** For what happens at the edge of a timer. */
const epsilonMs = 1000
const fewestRetries = 3
const retryShare = 0.2

export const checkBounds: Checker = (history) => {
  const tried: Tried[] = []
  const found: Violation[] = []
  for (const [call, seen] of rowsByCall(history)) {
    const attempts = triedBy(call, attemptsIn(seen), history)
    tried.push(...attempts)
    found.push(...tooMany(call, attempts))
    const { totalMs, firstContentMs, end } = seen.row
    const mostMs = end === 'answered' || end === 'broken' || end === 'cancelled' ? deadlineMs + streamLifeMs : deadlineMs
    if ((totalMs ?? 0) > mostMs + epsilonMs) found.push(broken('P3', call, `took ${totalMs} ms until it was ${end}`))
    if ((firstContentMs ?? 0) > deadlineMs + epsilonMs) found.push(broken('P3', call, `waited ${firstContentMs} ms for its first content`))
  }
  for (const { name } of history.scenario.providers) found.push(...beyondBudget(name, tried))
  return found
}

/** The last resort, to what rests, goes beyond; there is one of it in a call. */
function tooMany(call: CallSeen, attempts: readonly Tried[]): Violation[] {
  const usual = attempts.filter(({ isLastResort }) => !isLastResort)
  const byKey = counted(usual.map(({ provider, keyId }) => `${provider} ${keyId}`))
  const faults = counted(usual.filter((each) => each.isFault).map(({ provider }) => provider))
  const { maxAttemptsPerKey, maxAttemptsPerTarget } = defaultRetry
  const found: Violation[] = []
  for (const [key, count] of byKey) if (count > maxAttemptsPerKey) found.push(broken('P3', call, `asked with key ${key} ${count} times`))
  for (const [name, count] of faults) if (count > maxAttemptsPerTarget) found.push(broken('P3', call, `met ${count} faults of ${name}`))
  const resorts = attempts.length - usual.length
  return resorts > 1 ? [...found, broken('P3', call, `went to what rests ${resorts} times`)] : found
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** One attempt in the time of the simulation. */
interface Tried {
  readonly provider: string
  readonly keyId: string
  readonly from: number
  readonly until: number
  readonly isFault: boolean
  /** Its key or its target was resting as it began. */
  readonly isLastResort: boolean
  /** It follows a fault of the same target within the same call. */
  readonly isRetry: boolean
}

function triedBy({ sentAt, life }: CallSeen, attempts: readonly AttemptRecord[], history: History): Tried[] {
  const faulty = new Set<string>()
  return attempts.map(({ provider, keyId, startedAfterMs, tookMs, reason }) => {
    const from = sentAt + startedAfterMs
    const isRetry = faulty.has(provider)
    const isAFault = reason !== undefined && isFault(reason)
    if (isAFault) faulty.add(provider)
    const isLastResort = wasResting(history, { provider, keyId, life, at: from })
    return { provider, keyId, from, until: from + tookMs, isFault: isAFault, isLastResort, isRetry }
  })
}

/** Retries at once, but for the last resort: they are a small part of what is under way, and 3 in any case. */
function beyondBudget(provider: string, tried: readonly Tried[]): Violation[] {
  const here = tried.filter((each) => each.provider === provider)
  const most = Math.max(fewestRetries, Math.floor(retryShare * mostAtOnce(here)))
  const atOnce = mostAtOnce(here.filter(({ isRetry, isLastResort }) => isRetry && !isLastResort))
  return atOnce <= most ? [] : [{ promise: 'P3', what: `${atOnce} retries at once went to ${provider}; ${most} are allowed` }]
}

function mostAtOnce(tried: readonly Tried[]): number {
  return Math.max(0, ...tried.map(({ from }) => tried.filter((other) => other.from <= from && from < other.until).length))
}

/** Reasons of attempts that no provider ever saw. */
const unsent: ReadonlySet<string> = new Set(['unreachable', 'not-sent', 'cancelled', 'deadline-passed'])

export const checkLoggedAttempts: Checker = (history) => {
  const rows = rowsByCall(history)
  return history.calls.flatMap((call) => {
    const seen = rows.get(call)
    // What a dead process had tried is unknown, and said to be: the row is `interrupted`.
    if (seen === undefined || seen.row.end === 'interrupted') return []
    return compared(
      call,
      attemptsIn(seen),
      history.requests.filter((request) => request.call === call.number),
    )
  })
}

function compared(call: CallSeen, attempts: readonly AttemptRecord[], requests: readonly RequestSeen[]): Violation[] {
  const found: Violation[] = []
  const left = [...requests]
  for (const attempt of attempts) {
    const [next] = left
    const request = next !== undefined && isOf(next, attempt, call) ? left.shift() : undefined
    const fault = faultOf(attempt, request)
    if (fault !== undefined) found.push(broken('P4', call, fault))
  }
  for (const { provider, deed } of left) found.push(broken('P4', call, `does not record a request to ${provider}, which ${deed}`))
  return found
}

function faultOf({ provider, reason }: AttemptRecord, request: RequestSeen | undefined): string | undefined {
  if (request === undefined) {
    return unsent.has(reason ?? 'success')
      ? undefined
      : `records an attempt at ${provider} (${reason ?? 'success'}) that ${provider} never saw`
  }
  const isGood = request.outcome === 'complete' || request.outcome === 'partial'
  return reason === undefined && !isGood ? `records success with ${provider}, which ${request.deed}` : undefined
}

function isOf({ provider, keyId, askedAt }: RequestSeen, attempt: AttemptRecord, { sentAt }: CallSeen): boolean {
  const from = sentAt + attempt.startedAfterMs
  const isMeanwhile = from - roundingMs <= askedAt && askedAt <= from + attempt.tookMs + roundingMs
  return provider === attempt.provider && keyId === attempt.keyId && isMeanwhile
}

function broken(promise: Violation['promise'], call: CallSeen, what: string): Violation {
  return { promise, what: `call ${call.number} ${what}` }
}
