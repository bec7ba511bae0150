/** Which key a session used last, for a while and for a bounded number of sessions. */
import type { Millis } from '../clock.ts'

const livesForMs = 3_600_000
const refreshAfterMs = 60_000
const mostSessions = 10_000

interface Entry<K> {
  readonly key: K
  readonly at: Millis
}

export class Sessions<K> {
  readonly #entries = new Map<string, Entry<K>>()

  get size(): number {
    return this.#entries.size
  }

  find(session: string, now: Millis): K | undefined {
    const entry = this.#entries.get(session)
    if (entry === undefined) return undefined
    if (now - entry.at < livesForMs) return entry.key
    this.#entries.delete(session)
    return undefined
  }

  remember(session: string, key: K, now: Millis): void {
    const entry = this.#entries.get(session)
    if (entry?.key === key && now - entry.at < refreshAfterMs) return
    // Deleted first so that the map's order is the order of use, and the first one is the oldest.
    this.#entries.delete(session)
    this.#entries.set(session, { key, at: now })
    if (this.#entries.size <= mostSessions) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}
