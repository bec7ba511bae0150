/** Timeouts as the file writes them and as the gateway reads them. */
import type { Timeouts } from '../domain/timeouts.ts'
import { defaultTimeouts } from './defaults.ts'
import type { FileTimeouts, Maybe } from './file-content.ts'
import { given } from './given.ts'
import { seconds } from './readings.ts'
import { setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** The general timeouts. */
export function timeoutsOf(sources: Sources): Timeouts {
  return {
    ...defaultTimeouts,
    ...partialTimeouts(sources.file.content.timeouts),
    ...given({
      connectMs: setting(sources, 'TIMEOUT_CONNECT', seconds(1)),
      idleMs: setting(sources, 'TIMEOUT_READ_STREAMING', seconds(1)),
      wholeFirstByteMs: setting(sources, 'TIMEOUT_READ_NON_STREAMING', seconds(1)),
    }),
  }
}

/** Those that a provider or a virtual model replaces. */
export function partialTimeouts(written: Maybe<FileTimeouts>): Partial<Timeouts> {
  return given({
    connectMs: written?.connect_ms,
    firstByteMs: written?.first_byte_ms,
    reasoningFirstByteMs: written?.reasoning_first_byte_ms,
    wholeFirstByteMs: written?.whole_first_byte_ms,
    idleMs: written?.idle_ms,
    deadlineMs: written?.deadline_ms,
    streamLifeMs: written?.stream_life_ms,
  })
}
