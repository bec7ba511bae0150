/** Keeps answers on a thread of its own, which is started by the first call that needs it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { KeptResponse, ResponseStore } from '../../conversations/response-store.ts'
import type { KeeperAsk, KeeperData, KeeperFound, KeeperSays, Numbered } from './responses-messages.ts'

export interface ResponseStoreOptions {
  readonly dataDirectory: string
  readonly retentionDays: number
  /** Hears of answers that could not be kept. */
  readonly announce: (message: string) => void
}

interface Waiting {
  readonly resolve: (found: KeeperFound) => void
  readonly reject: (error: Error) => void
}

export class SqliteResponseStore implements ResponseStore {
  readonly #options: ResponseStoreOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #count = 0

  constructor(options: ResponseStoreOptions) {
    this.#options = options
  }

  put(kept: KeptResponse): void {
    this.#ask({ is: 'put', kept }).catch((error: unknown) => {
      this.#options.announce(`An answer could not be kept: ${error instanceof Error ? error.message : String(error)}`)
    })
  }

  async get(caller: string, id: string): Promise<KeptResponse | undefined> {
    const { kept = [] } = await this.#ask({ is: 'get', caller, id })
    return kept[0]
  }

  async conversation(caller: string, id: string): Promise<readonly KeptResponse[] | undefined> {
    return (await this.#ask({ is: 'conversation', caller, id })).kept
  }

  async holding(caller: string, itemIds: readonly string[]): Promise<readonly KeptResponse[]> {
    return (await this.#ask({ is: 'holding', caller, itemIds })).kept ?? []
  }

  async delete(caller: string, id: string): Promise<boolean> {
    return (await this.#ask({ is: 'delete', caller, id })).deleted === true
  }

  /** What was given before is kept first. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    worker.ref()
    const { promise, resolve } = Promise.withResolvers<void>()
    worker.once('exit', () => resolve())
    await this.#ask({ is: 'close' }).catch(() => worker.terminate())
    await promise
  }

  #ask(ask: KeeperAsk): Promise<KeeperFound> {
    const worker = (this.#worker ??= this.#start())
    const number = ++this.#count
    const { promise, resolve, reject } = Promise.withResolvers<KeeperFound>()
    this.#waiting.set(number, { resolve, reject })
    worker.postMessage({ number, ask } satisfies Numbered, [])
    return promise
  }

  #start(): Worker {
    const { dataDirectory, retentionDays } = this.#options
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
    // The same file by its other name, once it is compiled.
    const file = import.meta.url.endsWith('.ts') ? './responses-keeper.ts' : './responses-keeper.js'
    const workerData: KeeperData = { path: join(dataDirectory, 'responses.db'), retentionDays }
    const worker = new Worker(new URL(file, import.meta.url), { workerData, name: 'responses-keeper' })
    worker.on('message', (says: KeeperSays) => this.#hear(says))
    worker.on('error', (error) => this.#lose(error))
    worker.on('exit', () => this.#lose(new Error('The thread that keeps answers has ended.')))
    // A process that wants to end is not held up.
    worker.unref()
    return worker
  }

  #hear({ number, found = {}, trouble }: KeeperSays): void {
    const waiting = this.#waiting.get(number)
    this.#waiting.delete(number)
    if (trouble === undefined) waiting?.resolve(found)
    else waiting?.reject(new Error(trouble))
  }

  /** The next call starts another thread. */
  #lose(error: Error): void {
    this.#worker = undefined
    const lost = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of lost) reject(error)
  }
}
