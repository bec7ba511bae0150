/** The journal's files: numbered segments in one directory, written by the gateway, read and deleted by the usage writer. */
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** What the journal does to the disk; tests put a full disk in its place. */
export interface JournalFiles {
  open(path: string): number
  /** Gives the number of bytes that were written, which may be fewer than asked. */
  write(file: number, bytes: Uint8Array): number
  close(file: number): void
}

export const journalFiles: JournalFiles = {
  open: (path) => openSync(path, 'a', 0o600),
  write: (file, bytes) => writeSync(file, bytes),
  close: (file) => closeSync(file),
}

/** Creates the data directory and the journal's in it, for the owner only, and gives the journal's. */
export function journalDirectory(dataDirectory: string): string {
  const directory = join(dataDirectory, 'usage')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return directory
}

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(6, '0')}.journal`)
}

/** The numbers of the segments that lie there, oldest first. */
export function segmentsIn(directory: string): readonly number[] {
  return readdirSync(directory)
    .map((name) => /^(\d{6,15})\.journal$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((a, b) => a - b)
}
