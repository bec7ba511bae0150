/** Takes the journal over into the usage log, from where the log says it stopped. Runs on the writer's thread. */
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs'
import { readJournalLine } from './call-row.ts'
import type { CallRow } from './call-row.ts'
import { segmentPath, segmentsIn } from './journal-files.ts'
import type { UsageLog } from './usage-log.ts'

export interface TailOptions {
  readonly directory: string
  readonly log: UsageLog
  /** The first segment of this process; those before it belong to dead ones. */
  readonly firstSegment: number
  /** Bytes read and committed at once; grows for a line that is longer. */
  readonly readBytes?: number
}

/** What one round did. */
export interface Round {
  readonly calls: number
  /** Lines that could not be read and were skipped. */
  readonly damaged: number
}

const lineEnd = 10

export class JournalTail {
  readonly #options: TailOptions
  #buffer: Buffer
  #calls = 0
  #damaged = 0
  #hasInterrupted = false

  constructor(options: TailOptions) {
    this.#options = options
    this.#buffer = Buffer.allocUnsafe(options.readBytes ?? 1024 * 1024)
  }

  /**
   * Takes over all there is. Throws when the database or the disk fails; nothing is lost then, and the next round begins
   * where the last commit ended.
   */
  run(): Round {
    this.#calls = 0
    this.#damaged = 0
    const { directory, log, firstSegment } = this.#options
    // Listed before reading: a segment that has a successor gets no more lines.
    const segments = segmentsIn(directory)
    const newest = segments.at(-1) ?? 0
    for (const segment of segments) {
      if (segment >= firstSegment) this.#interruptOnce()
      this.#take(segment, segment < firstSegment || segment < newest)
    }
    this.#interruptOnce()
    this.#deleteBefore(segments, Math.min(newest, log.cursor.segment))
    return { calls: this.#calls, damaged: this.#damaged }
  }

  /** Deletes what is taken over, the last segment too: for when the journal is closed. */
  finish(): void {
    this.run()
    this.#deleteBefore(segmentsIn(this.#options.directory), Infinity)
  }

  /** Once everything that dead processes wrote has been read, what they left open has ended. */
  #interruptOnce(): void {
    if (this.#hasInterrupted) return
    this.#calls += this.#options.log.interrupt(this.#options.firstSegment)
    this.#hasInterrupted = true
  }

  #take(segment: number, isFinished: boolean): void {
    const { log, directory } = this.#options
    if (segment < log.cursor.segment) return
    const file = openSync(segmentPath(directory, segment), 'r')
    try {
      let offset = segment === log.cursor.segment ? log.cursor.offset : 0
      const size = fstatSync(file).size
      while (offset < size) {
        const taken = this.#takeStretch({ file, segment, offset, size })
        if (taken === 0) break
        offset += taken
      }
      // The rest has no line end: a process died while it wrote. No provider was asked for a call whose opening is torn.
      if (isFinished && (offset < size || segment > log.cursor.segment))
        log.append({ opened: [], settled: [], closed: [], cursor: { segment, offset: size } })
    } finally {
      closeSync(file)
    }
  }

  /** Reads whole lines from `offset` on, commits them, and gives their bytes; 0 when no line ends there yet. */
  #takeStretch(at: { file: number; segment: number; offset: number; size: number }): number {
    let length = readSync(at.file, this.#buffer, 0, this.#buffer.length, at.offset)
    let end = this.#buffer.subarray(0, length).lastIndexOf(lineEnd) + 1
    while (end === 0 && at.offset + length < at.size && length > 0) {
      this.#buffer = Buffer.allocUnsafe(this.#buffer.length * 2)
      length = readSync(at.file, this.#buffer, 0, this.#buffer.length, at.offset)
      end = this.#buffer.subarray(0, length).lastIndexOf(lineEnd) + 1
    }
    if (end > 0) this.#commit(this.#buffer.toString('utf8', 0, end - 1), { segment: at.segment, offset: at.offset + end })
    return end
  }

  #commit(text: string, cursor: { segment: number; offset: number }): void {
    const open = new Map<string, CallRow>()
    const settled: CallRow[] = []
    const closed: string[] = []
    for (const lineText of text.split('\n')) {
      const line = readJournalLine(lineText)
      if (line === undefined) this.#damaged += 1
      else if (line.is === 'open') open.set(line.row.id, line.row)
      else {
        if (!open.delete(line.row.id)) closed.push(line.row.id)
        settled.push(line.row)
      }
    }
    this.#options.log.append({ opened: [...open.values()], settled, closed, cursor })
    this.#calls += settled.length
  }

  #deleteBefore(segments: readonly number[], end: number): void {
    const done = segments.filter((segment) => segment < end)
    if (done.length === 0) return
    this.#options.log.checkpoint()
    for (const segment of done) rmSync(segmentPath(this.#options.directory, segment), { force: true })
  }
}
