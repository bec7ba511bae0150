/** Where settled calls are kept for good. One writer; it lives off the request path. */
import type { CallRow } from './call-row.ts'

/** How far the journal has been taken over: the number of a segment, and a byte offset in it. */
export interface JournalCursor {
  readonly segment: number
  readonly offset: number
}

/** What one stretch of the journal says. */
export interface JournalBatch {
  /** Calls that began and have not ended within this stretch. */
  readonly opened: readonly CallRow[]
  readonly settled: readonly CallRow[]
  /** Ids of settled calls that began in an earlier stretch. */
  readonly closed: readonly string[]
  /** Where the stretch ends. */
  readonly cursor: JournalCursor
}

export interface UsageLog {
  readonly cursor: JournalCursor
  /** Takes over the rows and the cursor in one transaction: either all of it is kept, or none. */
  append(batch: JournalBatch): void
  /** Ends what a dead process left open: every call that began in a segment before this one. Gives their number. */
  interrupt(beforeSegment: number): number
  /** Deletes at most `limit` calls that began before this time, in milliseconds since the epoch. Gives their number. */
  forget(beforeWallMs: number, limit: number): number
  /** Forces what was appended onto the disk, so that the journal it came from may be deleted. */
  checkpoint(): void
  close(): void
}
