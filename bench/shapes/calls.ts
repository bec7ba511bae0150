/** What shapes of whole calls share: warm up, load, and the figures of one round. */
import type { Entrant, Sample } from '../field.ts'
import { closedLoop } from '../load/closed-loop.ts'
import type { LoopPlan } from '../load/closed-loop.ts'
import { requestBytes } from '../load/connection.ts'
import { cpuMicros, memoryKb } from '../process-cost.ts'
import { quantile } from '../statistics.ts'

/** Loads one contender with the question and measures what that cost it. The mock alone has no CPU figure of a proxy. */
export function measureCalls(entrant: Entrant, body: string, plan: LoopPlan): Promise<Sample> {
  return measureRequests(entrant, requestBytes(entrant.headers, body), plan)
}

/** The same with a request of any kind. */
export async function measureRequests(entrant: Entrant, request: Buffer, plan: LoopPlan): Promise<Sample> {
  const target = { port: entrant.port, request }
  const before = cpuMicros(entrant.pid)
  const { calls, failed, seconds, latencies } = await closedLoop(target, plan)
  const after = cpuMicros(entrant.pid)
  if (failed > 0 || calls === 0) throw new Error(`${entrant.name}: ${failed} calls failed, ${calls} were answered.`)
  const isProxy = entrant.name !== 'mock'
  return {
    ...(isProxy && before !== undefined && after !== undefined && { cpu: (after - before) / calls }),
    rate: calls / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    ...(isProxy && { peakMb: (memoryKb(entrant.pid)?.peak ?? Number.NaN) / 1024 }),
  }
}

/**
 * Lets the compilers see everything, for so many seconds each: while they are at it, a call costs half as much again.
 */
export async function warmUp(entrants: readonly Entrant[], body: string, connections: number, seconds: number): Promise<void> {
  for (const entrant of entrants) {
    const target = { port: entrant.port, request: requestBytes(entrant.headers, body) }
    await closedLoop(target, { connections, calls: 1_000_000, seconds })
  }
}
