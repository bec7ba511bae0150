/** Counts what happened within the last so much time, in buckets, so that neither many events nor long quiet cost anything. */
import type { Millis } from '@keywheel/keyring'

/** `good`: it answered. `bad`: it failed by its own fault. `limited`: it refused because a limit of a key was reached. */
export type Counted = 'good' | 'bad' | 'limited'

export type Counts = Readonly<Record<Counted, number>>

interface Bucket extends Record<Counted, number> {
  /** Number of the stretch of time that it holds. */
  of: number
}

export class SlidingCounts {
  readonly #bucketMs: Millis
  readonly #buckets: readonly Bucket[]

  constructor(bucketMs: Millis, buckets: number) {
    this.#bucketMs = bucketMs
    this.#buckets = Array.from({ length: buckets }, () => ({ of: -1, good: 0, bad: 0, limited: 0 }))
  }

  add(what: Counted, now: Millis): void {
    const of = Math.floor(now / this.#bucketMs)
    const bucket = this.#buckets[of % this.#buckets.length]
    if (bucket === undefined) return
    if (bucket.of !== of) Object.assign(bucket, { of, good: 0, bad: 0, limited: 0 })
    bucket[what] += 1
  }

  sum(now: Millis): Counts {
    const oldest = Math.floor(now / this.#bucketMs) - this.#buckets.length
    const sum = { good: 0, bad: 0, limited: 0 }
    for (const bucket of this.#buckets) {
      if (bucket.of <= oldest) continue
      sum.good += bucket.good
      sum.bad += bucket.bad
      sum.limited += bucket.limited
    }
    return sum
  }
}
