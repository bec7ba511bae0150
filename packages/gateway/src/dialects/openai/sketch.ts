/** Reads what routing needs from an OpenAI-style request body. */
import type { Sketch, SketchAsk } from '../dialect.ts'
import type { Member } from '../json-scan.ts'
import { readLiteChat } from '../kobold/lite-chat.ts'
import { readMembers, readValue, sketchJson, sketchMembers } from '../sketch-json.ts'
import type { SketchRule } from '../sketch-json.ts'

const maxTokens = ['max_tokens', 'max_completion_tokens']
const rule: SketchRule = { maxTokens, once: ['model', 'stream', 'stream_options', ...maxTokens] }

/**
 * The sketch of a chat, completion or embedding request.
 * @throws RefusedCall (400) when the body is no JSON object, or a field that routing needs is missing or malformed.
 */
export function sketchOpenAi(bytes: Buffer, ask: SketchAsk): Sketch {
  const members = readMembers(bytes)
  const lite = readLiteChat(bytes, members, ask)
  const told = lite === undefined ? sketchMembers({ bytes, members }, rule, ask) : sketchJson(lite.bytes, rule, ask)
  // Which of its fields a provider takes is decided when the request is rebuilt.
  const sketch = lite === undefined ? told : { ...told, generation: lite.generation, rebuild: true, from: 'kobold' as const }
  const options = sketch.members.find(({ key }) => key === 'stream_options')
  return options !== undefined && wantsUsage(sketch.bytes, options) ? { ...sketch, wantsUsage: true } : sketch
}

function wantsUsage(bytes: Buffer, member: Member): boolean {
  const options = readValue(bytes, member)
  return typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true
}
