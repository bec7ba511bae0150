/**
 * The journal that every accepted call is written to: a line when it begins, a line when it ends.
 *
 * All lines of one turn of the event loop go out in one write(), which survives the death of the process. No database is
 * touched here: a worker thread takes the lines over. The write is synchronous because a write() into the page cache costs
 * less than the way to another thread and back; `npm run bench` shows it as the price of a row.
 */
import type { Clock, Timer } from '@keywheel/keyring'
import type { CallOpening, SettledCall } from '../domain/usage.ts'
import { journalFiles, segmentPath } from './journal-files.ts'
import type { JournalFiles } from './journal-files.ts'

export interface JournalOptions {
  /** Where the segments lie; it exists. */
  readonly directory: string
  readonly firstSegment: number
  readonly clock: Clock
  readonly announce: (message: string) => void
  /** Called once everything is written: hands the rest to the database. */
  readonly drain: () => Promise<void>
  readonly files?: JournalFiles
  /** Bytes after which a new segment is begun. */
  readonly segmentBytes?: number
  /** Lines that are kept in memory while the disk takes none. */
  readonly maxHeldLines?: number
}

interface Chunk {
  bytes: Uint8Array
  readonly lines: number
}

interface Turn {
  readonly written: Promise<void>
  readonly resolve: () => void
}

const retryAfterMs = 1000

export class UsageJournal {
  readonly #options: JournalOptions
  readonly #files: JournalFiles
  readonly #segmentBytes: number
  readonly #maxHeldLines: number
  #segment: number
  #file: number
  #fileBytes = 0
  #rotateAt: number
  /** The lines of this turn of the event loop. */
  #text = ''
  #lines = 0
  #turn: Turn | undefined
  /** What the disk did not take, oldest first. */
  #held: Chunk[] = []
  #heldLines = 0
  #retry: Timer | undefined
  #dropped = 0
  #announcedDropped = 0
  #closed = false

  constructor(options: JournalOptions) {
    this.#options = options
    this.#files = options.files ?? journalFiles
    this.#segmentBytes = options.segmentBytes ?? 16 * 1024 * 1024
    this.#maxHeldLines = options.maxHeldLines ?? 10_000
    this.#segment = options.firstSegment
    this.#rotateAt = this.#segmentBytes
    this.#file = this.#files.open(segmentPath(options.directory, this.#segment))
  }

  /**
   * Resolves once the opening has been handed to the operating system: ask no provider before.
   * Never rejects, and a disk that is full does not hold it up.
   */
  opened(opening: CallOpening): Promise<void> {
    this.#turn ??= newTurn()
    const written = this.#turn.written
    this.#add(`{"open":${JSON.stringify(opening)}}\n`)
    return written
  }

  /** Writes the end with the other lines of this turn. */
  settled({ json }: SettledCall): void {
    this.#add(`{"settle":${json}}\n`)
  }

  /** Lines that wait in memory because the disk does not take them. */
  get backlog(): number {
    return this.#heldLines
  }

  /** Lines that were given up since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** Writes what waits and hands everything to the database. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#flush()
    this.#retry?.cancel()
    if (this.#held.length > 0) this.#writeHeld()
    this.#retry?.cancel()
    this.#dropped += this.#heldLines
    this.#closed = true
    this.#files.close(this.#file)
    await this.#options.drain()
  }

  #add(line: string): void {
    if (this.#lines === 0) setImmediate(this.#flush)
    this.#text += line
    this.#lines += 1
  }

  readonly #flush = (): void => {
    const lines = this.#lines
    const turn = this.#turn
    this.#turn = undefined
    if (lines > 0) {
      const bytes = Buffer.from(this.#text)
      this.#text = ''
      this.#lines = 0
      this.#write({ bytes, lines })
    }
    turn?.resolve()
  }

  #write(chunk: Chunk): void {
    if (this.#closed) this.#drop(chunk.lines)
    else if (this.#held.length > 0) this.#hold(chunk)
    else if (!this.#written(chunk)) {
      this.#hold(chunk)
      this.#retryLater()
    }
  }

  /** Whether all of it is out. What is left of a chunk stays in it, so that its line is finished before another begins. */
  #written(chunk: Chunk): boolean {
    try {
      while (chunk.bytes.length > 0) {
        const count = this.#files.write(this.#file, chunk.bytes)
        this.#fileBytes += count
        chunk.bytes = chunk.bytes.subarray(count)
      }
    } catch (error) {
      if (this.#held.length === 0) this.#options.announce(`The usage journal cannot be written and waits in memory: ${messageOf(error)}`)
      return false
    }
    if (this.#fileBytes >= this.#rotateAt) this.#rotate()
    return true
  }

  #hold(chunk: Chunk): void {
    if (this.#held.length > 0 && this.#heldLines + chunk.lines > this.#maxHeldLines) {
      this.#drop(chunk.lines)
      return
    }
    this.#held.push(chunk)
    this.#heldLines += chunk.lines
  }

  #drop(lines: number): void {
    if (this.#dropped === this.#announcedDropped) this.#options.announce('The usage journal gives up lines: rows will be missing')
    this.#dropped += lines
  }

  #retryLater(): void {
    this.#retry = this.#options.clock.after(retryAfterMs, () => this.#writeHeld())
  }

  #writeHeld(): void {
    let done = 0
    for (const chunk of this.#held) {
      if (!this.#written(chunk)) break
      this.#heldLines -= chunk.lines
      done += 1
    }
    this.#held = this.#held.slice(done)
    if (this.#held.length > 0) {
      this.#retryLater()
      return
    }
    this.#options.announce(`The usage journal is written again; lines given up: ${this.#dropped - this.#announcedDropped}`)
    this.#announcedDropped = this.#dropped
  }

  /** A new segment tells the writer that the one before it is finished. */
  #rotate(): void {
    try {
      const next = this.#files.open(segmentPath(this.#options.directory, this.#segment + 1))
      this.#files.close(this.#file)
      this.#file = next
      this.#segment += 1
      this.#fileBytes = 0
      this.#rotateAt = this.#segmentBytes
    } catch {
      // The old segment still takes lines; a new one is tried again a sixteenth later.
      this.#rotateAt = this.#fileBytes + this.#segmentBytes / 16
    }
  }
}

function newTurn(): Turn {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { written: promise, resolve }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
