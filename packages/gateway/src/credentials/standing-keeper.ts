/** Keeps standings of keys over a restart: writes them soon after one changes, now and then while calls are made, and at the end. */
import type { Clock, Keyring, Millis, SavedPool, Timer } from '@keywheel/keyring'
import type { EventBus } from '../domain/events.ts'
import type { StandingStore } from './standing-store.ts'

/** A crash costs what happened since: with the writing itself no more than five seconds of rests. */
const afterChangeMs = 4000
/** What calls use up moves without any event of a key. */
const afterCallMs = 30_000
/** A disk that has failed is tried again after this, whatever happens. */
const afterFailureMs = 30_000

const changes = ['key.rested', 'key.returned', 'key.dead', 'key.disabled', 'key.enabled'] as const

export interface StandingKeeperOptions {
  readonly keyring: Pick<Keyring<unknown>, 'save' | 'restore'>
  readonly store: StandingStore
  readonly bus: EventBus
  readonly clock: Clock
}

/** Restores when it is made, before the first call; afterwards memory is the truth and the store its copy. */
export class StandingKeeper {
  readonly #options: StandingKeeperOptions
  #timer: Timer | undefined
  #dueAt: Millis = Infinity
  #writing: Promise<boolean> | undefined
  #isFailing = false
  #isClosed = false

  constructor(options: StandingKeeperOptions) {
    this.#options = options
    const { keyring, store, bus } = options
    keyring.restore(store.load())
    for (const change of changes) bus.on(change, () => this.#writeWithin(afterChangeMs))
    bus.on('attempt.committed', () => this.#writeWithin(afterCallMs))
    bus.on('attempt.failed', () => this.#writeWithin(afterCallMs))
  }

  /** Writes at once, and reads back what is there now; undefined where that fails. */
  async writeAndReadBack(): Promise<readonly SavedPool[] | undefined> {
    return (await this.#write()) ? this.#options.store.load() : undefined
  }

  /** Writes for the last time. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#write()
  }

  #writeWithin(delayMs: Millis): void {
    if (this.#isClosed || this.#isFailing) return
    this.#arm(delayMs)
  }

  /** An earlier time that is set already stays: what happens all the time must not put the writing off for ever. */
  #arm(delayMs: Millis): void {
    if (this.#dueAt !== Infinity && delayMs >= afterCallMs) return
    const { clock } = this.#options
    const dueAt = clock.now() + delayMs
    if (dueAt >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    this.#timer = clock.after(delayMs, () => {
      this.#dueAt = Infinity
      // A disk that takes longer than that is not asked twice at once.
      if (this.#writing === undefined) void this.#write()
      else this.#arm(afterChangeMs)
    })
  }

  /** One after another. */
  async #write(): Promise<boolean> {
    while (this.#writing !== undefined) await this.#writing
    this.#writing = this.#attempt()
    const isWritten = await this.#writing
    this.#writing = undefined
    return isWritten
  }

  async #attempt(): Promise<boolean> {
    const { keyring, store } = this.#options
    try {
      await store.save(keyring.save())
    } catch (error) {
      this.#failed(error)
      return false
    }
    this.#recovered()
    return true
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) {
      const why = error instanceof Error ? error.message : String(error)
      const message = `What is known of the keys could not be written down; a restart now would forget what changed since: ${why}`
      this.#options.bus.emit('standings.failed', { message })
    }
    this.#isFailing = true
    if (!this.#isClosed) this.#arm(afterFailureMs)
  }

  #recovered(): void {
    if (!this.#isFailing) return
    this.#isFailing = false
    this.#options.bus.emit('standings.failed', { message: 'What is known of the keys is written down again.' })
  }
}
