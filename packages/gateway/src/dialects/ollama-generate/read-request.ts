/** Reads a request to go on from one prompt. */
import { refuse } from '../../domain/failure.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import type { Sketch } from '../dialect.ts'
import { readBody } from '../ollama/body.ts'
import { readCommonFields, readImages } from '../ollama/fields.ts'
import { badField } from '../sketch-json.ts'
import { textIn } from '../wire.ts'

/**
 * The prompt becomes what the user says, also where it is `raw`: other providers put their own marks around it.
 * @throws RefusedCall 400 naming the field at fault, `unsupported` for what only a model on the own machine can do.
 */
export function readGenerateRequest(sketch: Sketch): CanonicalRequest {
  const body = readBody(sketch)
  refuseUnsupported(body)
  return {
    from: 'ollama-generate',
    model: sketch.model,
    stream: sketch.stream,
    turns: turnsOf(body),
    tools: [],
    ...readCommonFields(body, ['prompt', 'system', 'images', 'suffix', 'context']),
  }
}

function turnsOf(body: Record<string, unknown>): readonly Turn[] {
  const { prompt, images } = body
  const system = textIn(body['system'])
  const shown = readImages(images, 'images')
  if (typeof prompt !== 'string' || (prompt === '' && shown.length === 0)) {
    throw badField('prompt', '`prompt` is missing. Send the text to go on from.')
  }
  const user: Turn = { role: 'user', parts: [...shown, { is: 'text', text: prompt }] }
  return system === undefined ? [user] : [{ role: 'system', parts: [{ is: 'text', text: system }] }, user]
}

function refuseUnsupported({ suffix, context }: Record<string, unknown>): void {
  if (textIn(suffix) !== undefined) {
    throw refuse('unsupported', '`suffix` needs a model that fills gaps. Ask `/v1/completions` of a provider that has one.', {
      param: 'suffix',
    })
  }
  if (Array.isArray(context) && context.length > 0) {
    throw refuse('unsupported', '`context` holds tokens that only the model which made them can read. Use `/api/chat` with messages.', {
      param: 'context',
    })
  }
}
