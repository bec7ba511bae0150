/** Reads what routing needs from an OpenAI-style request body. */
import type { Sketch, SketchAsk } from '../dialect.ts'
import type { Member } from '../json-scan.ts'
import { readValue, sketchJson } from '../sketch-json.ts'
import type { SketchRule } from '../sketch-json.ts'

const maxTokens = ['max_tokens', 'max_completion_tokens']
const rule: SketchRule = { maxTokens, once: ['model', 'stream', 'stream_options', ...maxTokens] }

/**
 * The sketch of a chat, completion or embedding request.
 * @throws RefusedCall (400) when the body is no JSON object, or a field that routing needs is missing or malformed.
 */
export function sketchOpenAi(bytes: Buffer, ask: SketchAsk): Sketch {
  const sketch = sketchJson(bytes, rule, ask)
  const options = sketch.members.find(({ key }) => key === 'stream_options')
  return options !== undefined && wantsUsage(bytes, options) ? { ...sketch, wantsUsage: true } : sketch
}

function wantsUsage(bytes: Buffer, member: Member): boolean {
  const options = readValue(bytes, member)
  return typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true
}
