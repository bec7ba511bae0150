/** The history of providers' health, as the gateway's own thread sees it: it is kept on the usage writer's. */
import type { Worker } from 'node:worker_threads'
import type { HealthHistory, HealthRow } from '../../fleet/health/health-history.ts'
import type { WriterAsk, WriterSays } from './writer-messages.ts'

interface Waiting {
  readonly resolve: (rows: readonly HealthRow[]) => void
  readonly reject: (error: Error) => void
}

export class SqliteHealthHistory implements HealthHistory {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #count = 0

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (says: WriterSays) => this.#hear(says))
    worker.on('error', () => this.#lose())
    worker.on('exit', () => this.#lose())
  }

  put(rows: readonly HealthRow[]): void {
    this.#ask({ is: 'put-health', rows })
  }

  read(since: number, provider?: string): Promise<readonly HealthRow[]> {
    const number = ++this.#count
    const { promise, resolve, reject } = Promise.withResolvers<readonly HealthRow[]>()
    this.#waiting.set(number, { resolve, reject })
    if (this.#worker.threadId === -1) this.#lose()
    else this.#ask({ is: 'read-health', number, since, ...(provider !== undefined && { provider }) })
    return promise
  }

  #ask(ask: WriterAsk): void {
    this.#worker.postMessage(ask, [])
  }

  #hear(says: WriterSays): void {
    if (says.is !== 'health') return
    const waiting = this.#waiting.get(says.number)
    this.#waiting.delete(says.number)
    if (says.rows === undefined) waiting?.reject(new Error(`The history cannot be read: ${says.message ?? ''}`))
    else waiting?.resolve(says.rows)
  }

  #lose(): void {
    const lost = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of lost) reject(new Error('The history cannot be read: its thread has ended.'))
  }
}
