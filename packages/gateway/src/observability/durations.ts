/** Histograms of durations, with the children of each label set bound once. */
import { Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

/** In seconds: from what a local model answers in to what a reasoning model thinks for. A quantile is off by one bucket at most. */
export const durationBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 4, 6, 10, 15, 25, 40, 60, 120, 300, 600,
]

export interface Durations {
  /** The series of these label values, given in the order of the names. Keep it: asking costs more than observing. */
  series(...values: readonly string[]): DurationSeries
}

export interface DurationSeries {
  observe(durationMs: number | undefined): void
}

export interface DurationOptions {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

export function durationHistogram(registry: Registry, { name, help, labelNames }: DurationOptions): Durations {
  const histogram = new Histogram({ name, help, labelNames, buckets: [...durationBuckets], registers: [registry] })
  return {
    series(...values) {
      const child = histogram.labels(...values)
      return {
        observe(durationMs) {
          if (durationMs !== undefined && durationMs >= 0 && Number.isFinite(durationMs)) child.observe(durationMs / 1000)
        },
      }
    },
  }
}
