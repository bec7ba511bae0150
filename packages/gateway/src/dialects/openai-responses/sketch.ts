/** Reads what routing and the keeping of answers need from a request to the Responses API. */
import { refuse } from '../../domain/failure.ts'
import type { Sketch, SketchAsk } from '../dialect.ts'
import { badField, readValue, sketchJson } from '../sketch-json.ts'

const limit = 'max_output_tokens'
const rule = {
  maxTokens: [limit],
  once: ['model', 'stream', 'store', 'input', 'include', 'previous_response_id', 'background', 'conversation', limit],
}

/** @throws RefusedCall (400) naming the field at fault. */
export function sketchResponses(bytes: Buffer, ask: SketchAsk): Sketch {
  const sketch = sketchJson(bytes, rule, ask)
  if (valueOf(sketch, 'background') === true) {
    const remedy = 'Leave it out and wait for the answer, or stream it.'
    throw refuse('bad-request', `\`background\` is not offered here. ${remedy}`, { param: 'background', code: 'unsupported_parameter' })
  }
  if (isGiven(valueOf(sketch, 'conversation'))) {
    const remedy = 'Name the answer before with `previous_response_id`, or send all items as `input`.'
    throw refuse('bad-request', `\`conversation\` is not offered here. ${remedy}`, {
      param: 'conversation',
      code: 'unsupported_parameter',
    })
  }
  return sketch
}

/** What a request says about what is kept between calls. */
export interface KeepingAsk {
  readonly previousResponseId: string | undefined
  /** Kept unless the caller says otherwise. */
  readonly isStored: boolean
  /** The input may refer to items of kept answers by their ids. */
  readonly mayRefer: boolean
}

const reference = Buffer.from('"item_reference"')

/** @throws RefusedCall (400) where a field is malformed. */
export function keepingOf(sketch: Sketch): KeepingAsk {
  const previous = valueOf(sketch, 'previous_response_id')
  if (isGiven(previous) && typeof previous !== 'string')
    throw badField('previous_response_id', '`previous_response_id` must be the id of an answer.')
  return {
    previousResponseId: typeof previous === 'string' && previous !== '' ? previous : undefined,
    isStored: valueOf(sketch, 'store') !== false,
    mayRefer: sketch.bytes.includes(reference),
  }
}

/** The value of one top-level member; undefined where it is absent. */
export function valueOf(sketch: Sketch, name: string): unknown {
  const member = sketch.members.find(({ key }) => key === name)
  return member === undefined ? undefined : readValue(sketch.bytes, member)
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}
