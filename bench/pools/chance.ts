/** Seeded chance and the distributions that are drawn with it. */
import type { Chance } from '@keywheel/keyring'

/** The same numbers in [0, 1) for the same seed and name (mulberry32); other names give independent numbers. */
export function seededChance(seed: number, name: string): Chance {
  let state = seed | 0
  for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x9e3779b1) ^ (state >>> 15)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function between(chance: Chance, low: number, high: number): number {
  return low + chance() * (high - low)
}

/** Evenly over orders of magnitude: as many below the geometric middle as above. */
export function logBetween(chance: Chance, low: number, high: number): number {
  return low * (high / low) ** chance()
}

export function exponential(chance: Chance, mean: number): number {
  return -mean * Math.log(1 - chance())
}

/** `spread` is the standard deviation of the logarithm. */
export function lognormal(chance: Chance, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
  return median * Math.exp(spread * normal)
}
