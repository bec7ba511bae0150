/** Every promise that a simulation is held to. */
import { checkOneAnswer, checkTruncation } from './check-answers.ts'
import { checkBounds, checkLoggedAttempts } from './check-attempts.ts'
import { checkIsolation } from './check-isolation.ts'
import { checkQuiet } from './check-quiet.ts'
import { checkDegrading, checkRows } from './check-rows.ts'
import type { Checker, History, Violation } from './history.ts'

const checkers: Readonly<Record<string, Checker>> = {
  'no cut answer looks whole (P1)': checkTruncation,
  'an answer comes from one attempt (P2)': checkOneAnswer,
  'attempts, time and retries are bounded (P3)': checkBounds,
  'every attempt is recorded (P4)': checkLoggedAttempts,
  'every accepted call has one row (P5)': checkRows,
  'nobody suffers for others (P10)': checkIsolation,
  'without the store calls go on (P14)': checkDegrading,
  'nothing is left behind': checkQuiet,
}

export function violationsIn(history: History): Violation[] {
  return Object.values(checkers).flatMap((check) => check(history))
}
