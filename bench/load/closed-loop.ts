/** Callers who each wait for their answer before they ask again. */
import { Connection } from './connection.ts'
import type { CallTarget } from './connection.ts'

/** How much: ends at whichever comes first. */
export interface LoopPlan {
  readonly connections: number
  readonly calls: number
  readonly seconds: number
}

export interface LoopResult {
  readonly calls: number
  readonly failed: number
  readonly seconds: number
  /** Milliseconds, in no order. */
  readonly latencies: Float64Array
}

export async function closedLoop(target: CallTarget, plan: LoopPlan): Promise<LoopResult> {
  const latencies = new Float64Array(plan.calls)
  const begun = performance.now()
  const stopAt = begun + plan.seconds * 1000
  let asked = 0
  let calls = 0
  let failed = 0
  const caller = (connection: Connection): Promise<void> =>
    new Promise((resolve) => {
      let askedAt = 0
      const next = (): void => {
        askedAt = performance.now()
        if (asked >= plan.calls || askedAt >= stopAt || !connection.isOpen) return resolve()
        asked++
        connection.ask(answered)
      }
      const answered = (ok: boolean): void => {
        if (ok) latencies[calls++] = performance.now() - askedAt
        else failed++
        next()
      }
      next()
    })
  const connections = Array.from({ length: plan.connections }, () => new Connection(target))
  await Promise.all(connections.map(caller))
  for (const connection of connections) connection.close()
  return { calls, failed, seconds: (performance.now() - begun) / 1000, latencies: latencies.subarray(0, calls) }
}
