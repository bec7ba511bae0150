/**
 * Standings of keys in one file, `standings.json`: small, read once and written as a whole, so a database would add nothing.
 * The new one is written beside the old one and takes its name when it is on the disk, so there is always a whole one.
 */
import { readFileSync, renameSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SavedPool } from '@keywheel/keyring'
import type { StandingStore } from '../credentials/standing-store.ts'
import { knownSecrets } from '../domain/scrub.ts'
import { readStandings, standingsVersion } from './read-standings.ts'

export interface StandingFileOptions {
  /** Absolute; it exists, and no other process uses it. */
  readonly dataDirectory: string
  /** Hears of a file that cannot be used. */
  readonly announce: (message: string) => void
}

/** Far more than thousands of keys with dozens of models each. */
const mostBytes = 64 * 1024 * 1024

export class StandingFile implements StandingStore {
  readonly #path: string
  readonly #announce: (message: string) => void

  constructor({ dataDirectory, announce }: StandingFileOptions) {
    this.#path = join(dataDirectory, 'standings.json')
    this.#announce = announce
  }

  load(): readonly SavedPool[] {
    const text = this.#text()
    if (text === undefined) return []
    const read = readStandings(text)
    if ('pools' in read) return read.pools
    this.#setAside(read.trouble)
    return []
  }

  async save(pools: readonly SavedPool[]): Promise<void> {
    const fresh = `${this.#path}.new`
    // A model's name is whatever callers write; some write a key into the wrong field.
    const text = knownSecrets.mask(JSON.stringify({ version: standingsVersion, pools }))
    // One that a crash has left may have other permissions.
    await rm(fresh, { force: true })
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, this.#path)
  }

  #text(): string | undefined {
    try {
      const { size } = statSync(this.#path)
      if (size <= mostBytes) return readFileSync(this.#path, 'utf8')
      this.#setAside(`it is ${size} bytes long`)
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!isMissing) this.#announce(`${this.#path} cannot be read, so the keys start afresh: ${messageOf(error)}`)
    }
    return undefined
  }

  /** Kept for whoever wants to see it, in place of one that was set aside earlier. */
  #setAside(trouble: string): void {
    const aside = `${this.#path}.unreadable`
    try {
      renameSync(this.#path, aside)
      this.#announce(`${this.#path} cannot be used, because ${trouble}. It is now ${aside}; the keys start afresh.`)
    } catch (error) {
      this.#announce(`${this.#path} cannot be used, because ${trouble}; nor can it be renamed: ${messageOf(error)}`)
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
