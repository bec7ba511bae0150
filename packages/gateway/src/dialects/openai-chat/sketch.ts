/** What routing needs from a chat request; also of one that Cursor sends in the form of the Responses API. */
import { refuse } from '../../domain/failure.ts'
import type { Sketch, SketchAsk } from '../dialect.ts'
import { sketchResponses } from '../openai-responses/sketch.ts'
import { sketchOpenAi } from '../openai/sketch.ts'
import { readValue } from '../sketch-json.ts'

export function sketchChat(bytes: Buffer, ask: SketchAsk): Sketch {
  const sketch = sketchOpenAi(bytes, ask)
  if (!isResponsesShaped(sketch)) return sketch
  const earlier = sketch.members.find(({ key }) => key === 'previous_response_id')
  if (earlier !== undefined && typeof readValue(bytes, earlier) === 'string') {
    throw refuse('bad-request', '`previous_response_id` is not known on this path. Send the whole conversation in `input`.', {
      param: 'previous_response_id',
    })
  }
  // It still expects chat chunks back; no provider of chat takes such a body as it is.
  return { ...sketchResponses(bytes, ask), wantsUsage: sketch.wantsUsage, rebuild: true, from: 'openai-responses' }
}

/** A body with `input` and without `messages`. */
export function isResponsesShaped({ members }: Sketch): boolean {
  let hasInput = false
  for (const { key } of members) {
    if (key === 'messages') return false
    if (key === 'input') hasInput = true
  }
  return hasInput
}
