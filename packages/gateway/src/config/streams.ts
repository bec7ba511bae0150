/** What is done about streams that are cut, or too slow. */
import type { Config } from './config.ts'
import { defaultStreams } from './defaults.ts'
import { given } from './given.ts'
import { onOrOff } from './readings.ts'
import { setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** The environment wins over the file, the file over what is usual. */
export function streamsOf(sources: Sources): Config['streams'] {
  const written = sources.file.content.streams
  const retries = setting(sources, 'STREAM_RETRY_ON_REASONING_ONLY', onOrOff)
  return {
    ...defaultStreams,
    ...given({ slowestTokensPerSecond: written?.slowest_tokens_per_second, slowForMs: written?.slow_for_ms }),
    continuesCut: written?.continue_cut ?? defaultStreams.continuesCut,
    retriesReasoningOnly: retries ?? written?.retry_reasoning_only ?? defaultStreams.retriesReasoningOnly,
  }
}
