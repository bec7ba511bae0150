/** What a shape gives: figures, each beside those of the others, and whether its targets are met. */
import type { ContenderName } from './contenders/contender.ts'
import type { Rounds } from './field.ts'
import { median } from './statistics.ts'

/** One line of the table. */
export interface Figure {
  readonly shape: string
  readonly what: string
  readonly unit: string
  /** Medians over the rounds. */
  readonly values: Readonly<Partial<Record<ContenderName, number>>>
  readonly targets: readonly Target[]
}

/** What was wanted, what came out. */
export interface Target {
  readonly wanted: string
  readonly got: number
  readonly isMet: boolean
}

/** A limit to the gateway's figure: as a multiple of another's, or as it is. */
export interface Limit {
  readonly times?: ContenderName
  readonly most?: number
  readonly least?: number
}

/** The figure `field` of all rounds. Limits against somebody who did not take part are left out. */
export function figureOf(
  rounds: Rounds,
  shape: string,
  [what, unit, field]: readonly [string, string, string],
  limits: readonly Limit[] = [],
): Figure {
  const values: Partial<Record<ContenderName, number>> = {}
  for (const [name, samples] of rounds) {
    const known = samples.map((sample) => sample[field] ?? Number.NaN).filter((value) => !Number.isNaN(value))
    if (known.length > 0) values[name] = median(known)
  }
  return { shape, what, unit, values, targets: limits.flatMap((limit) => judge(rounds, field, limit)) }
}

function judge(rounds: Rounds, field: string, limit: Limit): Target[] {
  const got = limit.times === undefined ? median(column(rounds, 'gateway', field)) : pairedRatio(rounds, field, limit.times)
  return Number.isNaN(got) ? [] : [targetOf(got, limit)]
}

/** Whether `got` keeps to the limit. */
export function targetOf(got: number, { times, most, least }: Limit): Target {
  const bound = least === undefined ? `≤ ${most}` : `≥ ${least}`
  return {
    wanted: times === undefined ? bound : `${bound} × ${times}`,
    got,
    isMet: least === undefined ? got <= (most ?? Infinity) : got >= least,
  }
}

/** The median of the ratios of single rounds: what disturbs a round disturbs both of its sides. */
export function pairedRatio(rounds: Rounds, field: string, other: ContenderName): number {
  const others = column(rounds, other, field)
  return median(column(rounds, 'gateway', field).map((value, round) => value / (others[round] ?? Number.NaN)))
}

function column(rounds: Rounds, name: ContenderName, field: string): number[] {
  return (rounds.get(name) ?? []).map((sample) => sample[field] ?? Number.NaN)
}
