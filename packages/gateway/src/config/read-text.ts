/** A text file, or the reason why it cannot be read, in words. */
import { readFileSync, statSync } from 'node:fs'

/** A configuration is a few kilobytes; this much is a mistake, such as a log file under the wrong name. */
const largestFile = 1024 * 1024

export type ReadText =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'missing' }
  | { readonly is: 'unreadable'; readonly why: string }

const whyByCode: Readonly<Record<string, string>> = {
  EACCES: 'This user may not read it.',
  EPERM: 'This user may not read it.',
  EISDIR: 'It is a directory, not a file.',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'It is not written in UTF-8.',
}

/** Reads a whole file as UTF-8, without a byte order mark. */
export function readText(path: string): ReadText {
  try {
    if (statSync(path).size > largestFile) return { is: 'unreadable', why: 'It is larger than 1 MiB.' }
    return { is: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { is: 'missing' }
    return { is: 'unreadable', why: whyByCode[code] ?? `Reading it failed (${code}).` }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
}
