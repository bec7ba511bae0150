/**
 * OpenAI image edits: `POST /v1/images/edits`, a form with the images or a JSON object with
 * their addresses. https://platform.openai.com/docs/api-reference/images/createEdit
 */
import type { Dialect } from '../dialect.ts'
import { eventsOrWhole } from '../media/answer-forms.ts'
import { checkListAnswer } from '../media/answer.ts'
import { MediaEventTap } from '../media/event-tap.ts'
import { openAiMedia } from '../media/openai-media.ts'
import { writeFormRequest } from '../multipart/request.ts'
import { sketchForm } from '../multipart/sketch.ts'
import type { FormRule } from '../multipart/sketch.ts'

const rule: FormRule = { once: ['model', 'stream'], needs: ['image', 'images'], example: 'openai/gpt-image-1' }

export const openAiImageEdits: Dialect = {
  ...openAiMedia,
  name: 'openai-image-edits',
  operation: 'edit-image',
  sketch: (body, ask) => sketchForm(body, rule, ask),
  writeRequest: writeFormRequest,
  formOf: eventsOrWhole,
  readAnswer: (body) => checkListAnswer(body, { lists: ['data'] }),
  openTap: () => new MediaEventTap(),
}
