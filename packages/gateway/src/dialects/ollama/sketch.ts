/** Reads what routing needs from a request of Ollama's, whose limit lies one level deeper than elsewhere. */
import type { Sketch, SketchAsk } from '../dialect.ts'
import { scanMembers } from '../json-scan.ts'
import type { Member } from '../json-scan.ts'
import { badField, readValue, sketchJson } from '../sketch-json.ts'
import type { SketchRule } from '../sketch-json.ts'

const rule: SketchRule = { maxTokens: [], once: ['model', 'stream', 'options'] }
const openBrace = 0x7b
/** `null` says nothing. */
const letterN = 0x6e

/**
 * A stream is what a caller gets that does not say. `name:latest` is Ollama's long way of writing `name`, and many of its clients
 * write it so.
 * @throws RefusedCall (400) naming the field at fault.
 */
export function sketchOllama(bytes: Buffer, ask: SketchAsk): Sketch {
  const sketch = sketchJson(bytes, rule, ask)
  const told = sketch.members.some(({ key, valueStart }) => key === 'stream' && bytes[valueStart] !== letterN)
  const maxTokens = maxTokensIn(sketch)
  return {
    ...sketch,
    model: withoutLatest(sketch.model),
    stream: told ? sketch.stream : true,
    wantsUsage: true,
    ...(maxTokens !== undefined && { maxTokens }),
  }
}

const latest = ':latest'

export function withoutLatest(model: string): string {
  return model.endsWith(latest) && model !== latest ? model.slice(0, -latest.length) : model
}

/** `options.num_predict`, where it is a limit: -1 and -2 mean that there is none. */
function maxTokensIn({ bytes, members }: Sketch): number | undefined {
  const field = numPredictIn(bytes, members)
  if (field === undefined) return undefined
  const value = readValue(bytes, field)
  if (value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw badField('options.num_predict', '`options.num_predict` must be a whole number.')
  }
  return value > 0 ? value : undefined
}

/** Where the limit lies in the whole body. */
export function numPredictIn(bytes: Buffer, members: readonly Member[]): Member | undefined {
  const options = members.find(({ key }) => key === 'options')
  if (options === undefined || bytes[options.valueStart] !== openBrace) return undefined
  const inside = scanMembers(bytes.subarray(options.valueStart, options.valueEnd))
  const found = inside.findLast(({ key }) => key === 'num_predict')
  if (found === undefined) return undefined
  const { valueStart: by } = options
  return { key: found.key, keyStart: found.keyStart + by, valueStart: found.valueStart + by, valueEnd: found.valueEnd + by }
}
