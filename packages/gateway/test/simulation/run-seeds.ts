/** Simulates many seeds on as many threads as the machine has cores. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SeedReport } from './simulate-seed.ts'

/** @param onReport told of each seed as it is done, in no order. */
export async function runSeeds(seeds: readonly number[], onReport: (report: SeedReport) => void = () => undefined): Promise<SeedReport[]> {
  const waiting = [...seeds]
  const reports: SeedReport[] = []
  const threads = Math.min(availableParallelism(), seeds.length)
  await Promise.all(
    Array.from({ length: threads }, () =>
      workOff(waiting, (report) => {
        reports.push(report)
        onReport(report)
      }),
    ),
  )
  return reports.toSorted((left, right) => left.seed - right.seed)
}

function workOff(waiting: number[], onReport: (report: SeedReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { name: 'simulation' })
    const next = (): void => {
      const seed = waiting.shift()
      if (seed === undefined) void worker.terminate().then(() => resolve(), reject)
      else worker.postMessage(seed, [])
    }
    worker.on('error', reject)
    worker.on('message', (report: SeedReport) => {
      onReport(report)
      next()
    })
    next()
  })
}
