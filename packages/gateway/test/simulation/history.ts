/** What happened in one simulation, as callers, providers and the gateway's own books saw it: what the checkers look at. */
import type { PoolSnapshot } from '@keywheel/keyring'
import type { CallRow } from '../../src/usage/call-row.ts'
import type { CallPlan, Nemesis, Scenario } from './scenario.ts'

/** One call as its caller saw it; times are virtual milliseconds. */
export interface CallSeen extends CallPlan {
  /** Which start of the gateway it went to. */
  readonly life: number
  readonly sentAt: number
  requestId?: string
  status?: number
  /** The reply's body so far, taken out of its framing. */
  body: string
  /** `properly`: as HTTP says that a reply ends. `left`: by the caller. `killed`: the gateway died. */
  end: 'open' | 'properly' | 'cut' | 'left' | 'killed'
  endedAt: number
}

/** One request as its provider saw it. */
export interface RequestSeen {
  /** Marks the words of its answer. */
  readonly number: number
  readonly provider: string
  readonly keyId: string
  /** The number of the call whose text it carries. */
  readonly call: number
  readonly life: number
  readonly bodyHash: string
  readonly askedAt: number
  /** What the provider did; see deeds.ts. */
  readonly deed: string
  readonly words: number
  /** How long the whole answer takes if nobody hinders it. */
  readonly neededMs: number
  /** `complete`: everything up to the reason to stop was handed over. `refused`: a status that is no success. */
  outcome: 'open' | 'complete' | 'partial' | 'refused' | 'unanswered'
  endedAt: number
}

/** A line of the gateway's log, without its time of day. */
export interface LineSeen {
  readonly at: number
  readonly life: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** A usage row, and how many lines of the journal ended it. */
export interface RowSeen {
  readonly row: CallRow
  readonly settled: number
}

/** What was left when all was quiet, and after every rest had passed. */
export interface Aftermath {
  readonly inFlight: number
  readonly timersAtStart: number
  readonly timersAtEnd: number
  readonly pools: readonly PoolSnapshot[]
  /** Keys that were not chosen again although nothing speaks against them, as `provider/keyId`. */
  readonly forgotten: readonly string[]
  /** The longest time that any key or target still had to rest when the faults had ended. */
  readonly longestRestMs: number
}

export interface History {
  /** What times in the scenario count from. */
  readonly startedAt: number
  readonly scenario: Scenario
  readonly calls: readonly CallSeen[]
  readonly requests: readonly RequestSeen[]
  readonly lines: readonly LineSeen[]
  readonly rows: readonly RowSeen[]
  readonly aftermath: Aftermath
  /** When each start of the gateway was killed. */
  readonly kills: readonly { readonly life: number; readonly at: number }[]
}

/** A promise that was broken. */
export interface Violation {
  readonly promise: 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P10' | 'P14' | 'quiet' | 'determinism' | 'bug'
  readonly what: string
}

export type Checker = (history: History) => Violation[]

/** The windows of one kind of nemesis. */
export function nemesesOf<Kind extends Nemesis['is']>(history: History, kind: Kind): Extract<Nemesis, { is: Kind }>[] {
  return history.scenario.nemeses.filter((each): each is Extract<Nemesis, { is: Kind }> => each.is === kind)
}
