/** Embeddings as Ollama's callers ask for them, in the present form and in the older one. */
import type { CanonicalEmbedding, CanonicalVectors } from '../canonical/embeddings.ts'
import type { Sketch } from '../dialect.ts'
import { readBody } from '../ollama/body.ts'
import { countsFor } from '../ollama/usage.ts'
import { badField } from '../sketch-json.ts'
import { textIn } from '../wire.ts'

/** The older form has one `prompt`, and gets one `embedding`. */
export function isLegacy({ members }: Pick<Sketch, 'members'>): boolean {
  const has = (name: string): boolean => members.some(({ key }) => key === name)
  return has('prompt') && !has('input')
}

/** @throws RefusedCall (400) naming the field at fault. */
export function readEmbedRequest(sketch: Sketch): CanonicalEmbedding {
  const { model: _model, input, prompt, dimensions, stream: _stream, ...extras } = readBody(sketch)
  const kept = Object.entries(extras).filter(([, value]) => value !== null && value !== undefined && value !== false)
  return {
    from: 'ollama-embed',
    model: sketch.model,
    inputs: isLegacy(sketch) ? [textOf(prompt, 'prompt')] : inputsOf(input),
    ...(typeof dimensions === 'number' && dimensions > 0 && { dimensions }),
    extras: Object.fromEntries(kept),
  }
}

function inputsOf(input: unknown): readonly string[] {
  if (!Array.isArray(input)) return [textOf(input, 'input')]
  return input.map((each) => textOf(each, 'input'))
}

function textOf(value: unknown, param: string): string {
  const text = textIn(value)
  if (text === undefined) throw badField(param, `\`${param}\` must be a text${param === 'input' ? ' or a list of texts' : ''}.`)
  return text
}

export function writeEmbedAnswer({ vectors, usage }: CanonicalVectors, { model, sketch }: { model: string; sketch: Sketch }): Buffer {
  if (isLegacy(sketch)) return Buffer.from(JSON.stringify({ embedding: vectors[0] ?? [] }))
  const { prompt_eval_count: count } = countsFor(usage)
  const counted = count === undefined ? {} : { prompt_eval_count: count }
  return Buffer.from(JSON.stringify({ model, embeddings: vectors, total_duration: 0, load_duration: 0, ...counted }))
}
