/** OpenAI image generation: `POST /v1/images/generations`. https://platform.openai.com/docs/api-reference/images/create */
import type { Dialect } from '../dialect.ts'
import { eventsOrWhole } from '../media/answer-forms.ts'
import { checkListAnswer } from '../media/answer.ts'
import { MediaEventTap } from '../media/event-tap.ts'
import { openAiMedia } from '../media/openai-media.ts'
import { sketchJson } from '../sketch-json.ts'
import { spliceRequest } from '../splice-request.ts'

export const openAiImages: Dialect = {
  ...openAiMedia,
  name: 'openai-images',
  operation: 'image',
  sketch: (body, ask) => sketchJson(body, { maxTokens: [], once: ['model', 'stream'] }, ask),
  writeRequest: spliceRequest,
  formOf: eventsOrWhole,
  readAnswer: (body) => checkListAnswer(body, { lists: ['data'] }),
  openTap: () => new MediaEventTap(),
}
