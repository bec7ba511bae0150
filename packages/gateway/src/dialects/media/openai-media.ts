/** What the dialects of images, speech, transcripts, moderations and rerankings have in common: OpenAI's errors, and tokens that nobody can guess. */
import type { Dialect } from '../dialect.ts'
import { writeOpenAiFailure, writeOpenAiStreamFailure } from '../openai/failure.ts'
import { readProviderFailure } from '../provider-failure.ts'

type Common = Pick<Dialect, 'readFailure' | 'writeFailure' | 'writeStreamFailure' | 'terminator' | 'countsNothing'>

export const openAiMedia: Common = {
  readFailure: readProviderFailure,
  writeFailure: writeOpenAiFailure,
  writeStreamFailure: writeOpenAiStreamFailure,
  // The last typed event ends a stream; there is none to add.
  terminator: Buffer.alloc(0),
  countsNothing: true,
}
