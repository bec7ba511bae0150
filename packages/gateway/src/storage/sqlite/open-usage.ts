/** Starts the keeping of usage: takes the data directory for this process, starts the writer, opens the journal. */
import { mkdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { systemClock } from '@keywheel/keyring'
import type { Clock } from '@keywheel/keyring'
import { journalDirectory } from '../../usage/journal-files.ts'
import { UsageJournal } from '../../usage/usage-journal.ts'
import type { HealthHistory } from '../../fleet/health/health-history.ts'
import { SqliteHealthHistory } from './sqlite-health-history.ts'
import { readWriterSays } from './writer-messages.ts'
import type { WriterAsk, WriterData, WriterSays } from './writer-messages.ts'

export interface UsageOptions {
  /** Absolute; created with mode 0700 when missing. */
  readonly dataDirectory: string
  readonly retentionDays: number
  /** Hears what goes wrong with the keeping of usage: each kind of trouble once a minute at most. */
  readonly announce: (message: string) => void
  readonly clock?: Clock
  /** Of the health of providers; 7 days unless told. */
  readonly healthRetentionDays?: number
}

/** What is kept on the writer's thread. Closing the journal closes all of it. */
export interface OpenedUsage {
  readonly usage: UsageJournal
  readonly history: HealthHistory
}

/** The journal alone. */
export async function openUsage(options: UsageOptions): Promise<UsageJournal> {
  return (await openUsageAndHealth(options)).usage
}

/** Rejects when another process uses the data directory, and when the SQLite in this Node.js is known to corrupt databases. */
export async function openUsageAndHealth(options: UsageOptions): Promise<OpenedUsage> {
  const { dataDirectory, retentionDays, healthRetentionDays = 7, clock = systemClock } = options
  const announce = sparingly(options.announce, clock)
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
  const directory = journalDirectory(dataDirectory)
  const worker = startWriter({ dataDirectory, directory, retentionDays, healthRetentionDays })
  const firstSegment = await readyWriter(worker, announce)
  const usage = new UsageJournal({ directory, firstSegment, clock, announce, drain: () => closeWriter(worker, announce) })
  return { usage, history: new SqliteHealthHistory(worker) }
}

const closeWithinMs = 5000
const sameTroubleEveryMs = 60_000

/** The same file by its other name, once it is compiled. */
function startWriter(data: WriterData): Worker {
  const file = import.meta.url.endsWith('.ts') ? './usage-writer.ts' : './usage-writer.js'
  return new Worker(new URL(file, import.meta.url), { workerData: data, name: 'usage-writer' })
}

/** Waits for the writer to hold the data directory, and gives the number of the first segment that is ours. */
function readyWriter(worker: Worker, announce: (message: string) => void): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  worker.on('message', (value: unknown) => {
    const said: WriterSays = readWriterSays(value)
    if (said.is === 'ready') resolve(said.firstSegment)
    if (said.is === 'refused') reject(new Error(said.message))
    if (said.is === 'trouble') announce(said.message)
  })
  worker.on('error', (error) => {
    reject(error)
    announce(`The usage writer has stopped; rows wait in the journal until the next start: ${error.message}`)
  })
  // A process that wants to end is not held up; what was not taken over is taken over at the next start.
  void promise.then(() => worker.unref()).catch(() => worker.terminate())
  return promise
}

async function closeWriter(worker: Worker, announce: (message: string) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  worker.ref()
  worker.once('exit', () => resolve(true))
  const timer = setTimeout(() => resolve(false), closeWithinMs)
  worker.postMessage({ is: 'close' } satisfies WriterAsk, [])
  const isClosed = worker.threadId === -1 || (await promise)
  clearTimeout(timer)
  if (isClosed) return
  announce('The usage writer did not finish in time; the rest is taken over at the next start')
  await worker.terminate()
}

/** Lets each kind of message through once a minute at most; numbers in it do not make it another kind. */
function sparingly(announce: (message: string) => void, clock: Clock): (message: string) => void {
  const lastAt = new Map<string, number>()
  return (message) => {
    const kind = message.replaceAll(/\d+/g, '#')
    const last = lastAt.get(kind)
    if (last !== undefined && clock.now() - last < sameTroubleEveryMs) return
    if (lastAt.size > 100) lastAt.clear()
    lastAt.set(kind, clock.now())
    announce(message)
  }
}
