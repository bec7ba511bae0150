/** Where standings of keys outlive the process. Whoever implements it sees hashed ids and never a key. */
import type { SavedPool } from '@keywheel/keyring'

export interface StandingStore {
  /** What was saved last. Nothing at all where nothing was, or where it cannot be understood: that never stops a start. */
  load(): readonly SavedPool[]
  /** All of it, in place of what was there; after a failure, what was there still is. */
  save(pools: readonly SavedPool[]): Promise<void>
}
