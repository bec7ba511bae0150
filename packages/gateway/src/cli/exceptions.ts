/**
 * What becomes of exceptions that nobody has caught. Each is a bug, and is told to the log with its stack. A bug in one call may not end
 * the others, so the process goes on, unless its state is suspect. That is so when somebody who looked at his own state has found it
 * wrong (a failed assertion, in Node, in a library or here), or when memory was not to be had: then calls under way get their time, new
 * ones are refused, and the process ends with a code of its own, so that whoever watches it starts it anew.
 *
 * Everything else leaves nothing half done that others rely on. What a rejected promise held was given back by its `finally` and `using`;
 * a callback that threw belongs to one connection or one timer, whose call ends by its own deadline. There is no limit on how many
 * there may be: a request that provokes one could be sent until it is reached.
 */
import { AssertionError } from 'node:assert'
import type { ComponentLog } from '../observability/log.ts'

const suspectCodes: ReadonlySet<string> = new Set(['ERR_ASSERTION', 'ERR_INTERNAL_ASSERTION', 'ERR_MEMORY_ALLOCATION_FAILED'])

/** From here on they do not end the process. @param onSuspect ends it in order. */
export function surviveExceptions(log: ComponentLog, onSuspect: () => void): void {
  const survive = (error: unknown, event: string, message: string): void => {
    log.write('error', { event, error }, message)
    if (isSuspect(error)) onSuspect()
  }
  process.on('uncaughtException', (error) => survive(error, 'exception.uncaught', 'an exception that nobody caught'))
  process.on('unhandledRejection', (error) => survive(error, 'rejection.unhandled', 'a promise was rejected and nobody listened'))
}

function isSuspect(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // V8 has no code for it.
  return error instanceof AssertionError || suspectCodes.has(code) || error.message === 'Array buffer allocation failed'
}
