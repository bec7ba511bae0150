/** One call at a time, to each target in turn: what latency they add, whatever else the machine does meanwhile. */
import { Connection } from './connection.ts'
import type { CallTarget } from './connection.ts'

/** The latencies of each target in milliseconds, in the order of the targets. */
export async function interleaved(targets: readonly CallTarget[], calls: number, seconds: number): Promise<readonly Float64Array[]> {
  const connections = targets.map((target) => new Connection(target))
  const latencies = targets.map(() => new Float64Array(calls))
  const stopAt = performance.now() + seconds * 1000
  let call = 0
  while (call < calls && performance.now() < stopAt) {
    for (const [index, connection] of connections.entries()) {
      const askedAt = performance.now()
      const ok = await new Promise<boolean>((resolve) => connection.ask(resolve))
      if (!ok) throw new Error(`A call to port ${targets[index]?.port} failed.`)
      latencies[index]?.fill(performance.now() - askedAt, call, call + 1)
    }
    call++
  }
  for (const connection of connections) connection.close()
  return latencies.map((all) => all.subarray(0, call))
}
