/** The usage store of a simulation: the real journal over real files that can fail, and a log of rows in memory. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { journalDirectory, segmentsIn } from '../../src/usage/journal-files.ts'
import type { JournalFiles } from '../../src/usage/journal-files.ts'
import { JournalTail } from '../../src/usage/journal-tail.ts'
import type { JournalBatch, JournalCursor, UsageLog } from '../../src/usage/usage-log.ts'
import { UsageJournal } from '../../src/usage/usage-journal.ts'
import type { CallRow } from '../../src/usage/call-row.ts'
import type { RowSeen } from './history.ts'
import type { LifeClock } from './life-clock.ts'

export class SimulatedStore {
  readonly #directory: string
  readonly #log = new RowsInMemory()
  #isGone = false

  constructor(dataDirectory: string) {
    this.#directory = journalDirectory(dataDirectory)
  }

  /** From now on writing fails, or works again. */
  set isGone(gone: boolean) {
    this.#isGone = gone
  }

  /** As `openUsage` does for a start of the gateway. */
  open(clock: LifeClock, announce: (message: string) => void): UsageJournal {
    const firstSegment = this.#nextSegment()
    this.#takeOver(firstSegment).run()
    return new UsageJournal({ directory: this.#directory, firstSegment, clock, announce, files: this.#files(clock), drain: async () => {} })
  }

  /** Everything that was kept, as the next start would find it. */
  rows(): readonly RowSeen[] {
    this.#isGone = false
    this.#takeOver(this.#nextSegment()).finish()
    return this.#log.rows()
  }

  #nextSegment(): number {
    return Math.max(segmentsIn(this.#directory).at(-1) ?? 0, this.#log.cursor.segment) + 1
  }

  #takeOver(firstSegment: number): JournalTail {
    return new JournalTail({ directory: this.#directory, log: this.#log, firstSegment, readBytes: 64 * 1024 })
  }

  #files(clock: LifeClock): JournalFiles {
    return {
      open: (path) => openSync(path, 'a', 0o600),
      write: (file, bytes) => {
        // What a dead process would still have written is lost.
        if (!clock.isAlive) return bytes.length
        if (this.#isGone) throw new Error('no space left on device')
        return writeSync(file, bytes)
      },
      close: (file) => closeSync(file),
    }
  }
}

interface Kept {
  readonly row: CallRow
  readonly segment: number
  settled: number
  isOpen: boolean
}

class RowsInMemory implements UsageLog {
  cursor: JournalCursor = { segment: 0, offset: 0 }
  readonly #kept = new Map<string, Kept>()

  append({ opened, settled, cursor }: JournalBatch): void {
    for (const row of opened) this.#kept.set(row.id, { row, segment: cursor.segment, settled: 0, isOpen: true })
    for (const row of settled) {
      const known = this.#kept.get(row.id)
      this.#kept.set(row.id, { row, segment: cursor.segment, settled: (known?.settled ?? 0) + 1, isOpen: false })
    }
    this.cursor = cursor
  }

  interrupt(beforeSegment: number): number {
    const dead = [...this.#kept.values()].filter(({ isOpen, segment }) => isOpen && segment < beforeSegment)
    for (const each of dead) each.isOpen = false
    return dead.length
  }

  forget(): number {
    return 0
  }

  checkpoint(): void {}

  close(): void {}

  /** One that is still open has no terminal state. */
  rows(): readonly RowSeen[] {
    return [...this.#kept.values()].map(({ row, settled, isOpen }) => ({ row: isOpen ? { ...row, end: 'open' } : row, settled }))
  }
}
