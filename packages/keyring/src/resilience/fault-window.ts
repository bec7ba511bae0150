/** The part of faults among the results of the last 30 seconds, in ten buckets. */
import type { Millis } from '../clock.ts'

const buckets = 10
const bucketMs = 3000
const fewestResults = 20
const badShare = 0.5

interface Bucket {
  stamp: number
  results: number
  faults: number
}

export class FaultWindow {
  readonly #buckets: readonly Bucket[] = Array.from({ length: buckets }, () => ({ stamp: -1, results: 0, faults: 0 }))

  add(now: Millis, isFault: boolean): void {
    const stamp = Math.floor(now / bucketMs)
    const bucket = this.#buckets[stamp % buckets]
    if (bucket === undefined) return
    if (bucket.stamp !== stamp) {
      bucket.stamp = stamp
      bucket.results = 0
      bucket.faults = 0
    }
    bucket.results += 1
    if (isFault) bucket.faults += 1
  }

  isBad(now: Millis): boolean {
    const oldest = Math.floor(now / bucketMs) - buckets
    let results = 0
    let faults = 0
    for (const bucket of this.#buckets) {
      if (bucket.stamp <= oldest) continue
      results += bucket.results
      faults += bucket.faults
    }
    return results >= fewestResults && faults >= badShare * results
  }

  clear(): void {
    for (const bucket of this.#buckets) bucket.stamp = -1
  }
}
