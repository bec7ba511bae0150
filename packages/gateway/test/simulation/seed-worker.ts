/** A thread that simulates the seeds it is sent, one after another. */
import { parentPort } from 'node:worker_threads'
import { simulateSeed } from './simulate-seed.ts'

parentPort?.on('message', (seed: number) => {
  void simulateSeed(seed).then((report) => parentPort?.postMessage(report, []))
})
