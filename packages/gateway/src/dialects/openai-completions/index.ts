/** OpenAI text completions: `POST /v1/completions`. https://platform.openai.com/docs/api-reference/completions */
import type { Dialect } from '../dialect.ts'
import { readOpenAiAnswer } from '../openai/answer.ts'
import { writeOpenAiFailure, writeOpenAiStreamFailure } from '../openai/failure.ts'
import { writeOpenAiRequest } from '../openai/request.ts'
import { sketchOpenAi } from '../openai/sketch.ts'
import { OpenAiTap } from '../openai/stream.ts'
import { readProviderFailure } from '../provider-failure.ts'
import { textIn } from '../wire.ts'

export const openAiCompletions: Dialect = {
  name: 'openai-completions',
  operation: 'complete',
  sketch: sketchOpenAi,
  writeRequest: writeOpenAiRequest,
  readAnswer: (body) => readOpenAiAnswer(body, 'choices'),
  openTap: (sketch) => new OpenAiTap(hasText, !sketch.wantsUsage),
  readFailure: readProviderFailure,
  writeFailure: writeOpenAiFailure,
  writeStreamFailure: writeOpenAiStreamFailure,
  terminator: Buffer.from('data: [DONE]\n\n'),
}

function hasText(choice: Record<string, unknown>): boolean {
  return ['text', 'reasoning', 'finish_reason'].some((field) => textIn(choice[field]) !== undefined)
}
