/** Writes a passed-through request of the OpenAI family: the usage event of a stream is always asked for. */
import type { RequestChanges, Sketch } from '../dialect.ts'
import { scanMembers } from '../json-scan.ts'
import { hasMember, splice, spliceRequest } from '../splice-request.ts'

const openBrace = 0x7b
const usageAsk = '{"include_usage":true}'

/** The request's bytes as the target gets them. Without a change the very same buffer. */
export function writeOpenAiRequest(sketch: Sketch, changes: RequestChanges): Buffer {
  if (!sketch.stream) return spliceRequest(sketch, changes)
  const isAsked = hasMember(sketch, 'stream_options') || changes.removed.includes('stream_options')
  return spliceRequest(sketch, changes, {
    added: isAsked ? [] : [`"stream_options":${usageAsk}`],
    replace: ({ key, valueStart, valueEnd }) => {
      return key === 'stream_options' && !sketch.wantsUsage ? withUsage(sketch.bytes.subarray(valueStart, valueEnd)) : undefined
    },
  })
}

/** The caller's own options, of which only `include_usage` changes; anything but an object gives way to one. */
function withUsage(options: Buffer): string {
  const members = options[0] === openBrace ? scanMembers(options) : []
  const [first] = members
  if (first === undefined) return usageAsk
  const own = members
    .filter(({ key }) => key === 'include_usage')
    .map(({ valueStart: start, valueEnd: end }) => ({ start, end, text: 'true' }))
  const added = { start: first.keyStart, end: first.keyStart, text: '"include_usage":true,' }
  return splice(options, own.length > 0 ? own : [added]).toString()
}
