/** Brings the model data up to date while the gateway runs, if its owner allows that. Whatever goes wrong, the old data stay. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock, Timer } from '@keywheel/keyring'
import { fromModelsDev } from '../providers/model-data/from-models-dev.ts'
import { shippedSnapshot } from '../providers/model-data/model-data.ts'
import { openSnapshot, writeSnapshot } from '../providers/model-data/snapshot.ts'
import type { Snapshot } from '../providers/model-data/snapshot.ts'

/** What the source answered. */
export type FetchedData = { readonly is: 'unchanged' } | { readonly is: 'changed'; readonly text: string; readonly etag?: string }

export interface RefreshTools {
  /** Where the last good data are kept. */
  readonly file: string
  readonly clock: Clock
  /** @param etag of what is here. It has to end by itself. */
  readonly fetchData: (etag: string | undefined) => Promise<FetchedData>
  /** Told of new data. */
  readonly onNew: (snapshot: Snapshot) => void
  /** For the log. */
  readonly tell: (level: 'info' | 'warn', message: string) => void
}

const refreshEveryMs = 24 * 3_600_000
/** After a failure. */
const tryAgainMs = 3_600_000

export class ModelDataRefresh {
  readonly #tools: RefreshTools
  #timer: Timer | undefined
  #closed = false

  constructor(tools: RefreshTools) {
    this.#tools = tools
  }

  /** Asks at once and then once a day, until closed. Resolves when the first answer has been dealt with; never rejects. */
  async start(): Promise<void> {
    const next = await this.#refresh()
    if (this.#closed) return
    this.#timer = this.#tools.clock.after(next, () => void this.start())
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  /** When to ask again. */
  async #refresh(): Promise<number> {
    const { fetchData, tell, onNew, file, clock } = this.#tools
    try {
      const fetched = await fetchData(savedSnapshot(file)?.about.etag)
      if (fetched.is === 'unchanged') return refreshEveryMs
      const date = new Date(clock.wallNow()).toISOString().slice(0, 10)
      const text = toSnapshotText(fetched, date)
      onNew(openSnapshot(text))
      save(file, text)
      tell('info', `The model data are now those of ${date}.`)
      return refreshEveryMs
    } catch (error) {
      tell('warn', `The model data were not refreshed; the old ones stay. ${error instanceof Error ? error.message : 'unknown error'}`)
      return tryAgainMs
    }
  }
}

/** The newer of what was saved here and what ships: an update of the gateway may be newer than its last refresh. */
export function newestSnapshot(file: string): Snapshot {
  const [saved, shipped] = [savedSnapshot(file), shippedSnapshot()]
  return saved !== undefined && saved.about.date > shipped.about.date ? saved : shipped
}

function savedSnapshot(file: string): Snapshot | undefined {
  try {
    return openSnapshot(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** @throws Error when the answer is not what it should be. */
function toSnapshotText({ text, etag }: { readonly text: string; readonly etag?: string }, date: string): string {
  const about = { source: 'models.dev', date, license: 'MIT, Copyright (c) 2025 models.dev', ...(etag !== undefined && { etag }) }
  return writeSnapshot(about, fromModelsDev(parse(text)))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('The answer is not JSON.')
  }
}

/** Under another name first: a file is either the old one or the new one, never half of either. */
function save(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const unfinished = `${file}.new`
  writeFileSync(unfinished, text, { mode: 0o600 })
  renameSync(unfinished, file)
}
