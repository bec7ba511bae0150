/** Reads what routing needs from a request of KoboldAI's, which names no model. */
import { refuse } from '../../domain/failure.ts'
import type { Sketch, SketchAsk } from '../dialect.ts'
import { readValue, sketchJson } from '../sketch-json.ts'
import type { SketchRule } from '../sketch-json.ts'
import { textIn } from '../wire.ts'

const rule: SketchRule = { maxTokens: ['max_length'], once: ['model', 'prompt', 'max_length', 'genkey'], modelElsewhere: true }

/** @throws RefusedCall (400) naming the field at fault, or 503 while no model is known. */
export function sketchKobold(bytes: Buffer, ask: SketchAsk): Sketch {
  const generation = generationIn(sketchJson(bytes, rule, { ...ask, defaultModel: () => ask.defaultModel() ?? noModelYet() }))
  return { ...generation, stream: ask.stream ?? false }
}

/** The sketch with the caller's name for the generation. */
function generationIn(sketch: Sketch): Sketch {
  const field = sketch.members.find(({ key }) => key === 'genkey')
  return { ...sketch, generation: field === undefined ? '' : (textIn(readValue(sketch.bytes, field)) ?? '') }
}

export function noModelYet(): never {
  throw refuse('nobody-fit', 'No model is known yet. Wait a moment, or configure one under `virtual_models`.')
}
