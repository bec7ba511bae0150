/** A stand whose owner wants an answer begun anew that was cut while only thinking was sent. */
import type { TestContext } from 'node:test'
import { openStand } from './stand.ts'
import type { Stand, StandGiven } from './stand.ts'
import { until } from './until.ts'

export const once = 'retry: { max_attempts_per_key: 1, max_wait_ms: 0 }'

export function openRetrying(t: TestContext, given: StandGiven & { readonly continuesCut?: boolean } = {}): Promise<Stand> {
  const { continuesCut = false, ...rest } = given
  return openStand(t, {
    settings: once,
    ...rest,
    adjust: (config) => ({ ...config, streams: { ...config.streams, continuesCut, retriesReasoningOnly: true } }),
  })
}

/** Pauses of no length are let pass while the client reads. */
export async function meanwhile<T>(stand: Stand, asking: Promise<T>): Promise<T> {
  let isOver = false
  const settled = asking.finally(() => (isOver = true))
  settled.catch(() => undefined)
  await until(() => {
    if (stand.clock.untilNext === 0) stand.clock.advance(0)
    return isOver
  })
  return settled
}
