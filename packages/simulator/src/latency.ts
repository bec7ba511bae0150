/** How long something takes: fixed, uniform, or with the long tail of a busy provider. */
import type { Chance } from './clock.ts'

/** Milliseconds, drawn anew each time: a fixed number, evenly between two, or log-normal with that median and 99th percentile. */
export type Latency = number | { readonly min: number; readonly max: number } | { readonly median: number; readonly p99: number }

/** The standard normal's 99th percentile. */
const normalP99 = 2.326_347_874

/** Draws one latency, in milliseconds. */
export function drawLatency(latency: Latency | undefined, chance: Chance): number {
  if (latency === undefined) return 0
  if (typeof latency === 'number') return latency
  if ('min' in latency) return latency.min + chance() * (latency.max - latency.min)
  const sigma = Math.log(latency.p99 / latency.median) / normalP99
  return latency.median * Math.exp(sigma * drawNormal(chance))
}

/** Box and Muller's transform; `1 - chance()` keeps the logarithm away from zero. */
function drawNormal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
}
