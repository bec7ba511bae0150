/** OpenAI moderations: `POST /v1/moderations`, never streamed. https://platform.openai.com/docs/api-reference/moderations */
import type { Dialect } from '../dialect.ts'
import { checkListAnswer } from '../media/answer.ts'
import { openAiMedia } from '../media/openai-media.ts'
import { sketchJson } from '../sketch-json.ts'
import { spliceRequest } from '../splice-request.ts'

export const openAiModerations: Dialect = {
  ...openAiMedia,
  name: 'openai-moderations',
  operation: 'moderate',
  sketch: (body, ask) => ({ ...sketchJson(body, { maxTokens: [], once: ['model'] }, ask), stream: false }),
  writeRequest: spliceRequest,
  readAnswer: (body) => checkListAnswer(body, { lists: ['results'] }),
}
