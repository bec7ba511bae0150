/** A request of Ollama's on its way to an Ollama: the caller's bytes with a few places spliced. */
import type { RequestChanges, Sketch } from '../dialect.ts'
import { splice, spliceRequest } from '../splice-request.ts'
import { numPredictIn } from './sketch.ts'

export function writePassedOllama(sketch: Sketch, changes: RequestChanges): Buffer {
  return spliceRequest(sketch, changes, {
    replace: (member) => {
      // The sketch's name may be shorter than the body's, so that it is always written anew.
      if (member.key === 'model') return JSON.stringify(changes.model)
      if (member.key === 'options') return withLowerLimit(sketch, changes.maxTokens)
      return undefined
    },
  })
}

function withLowerLimit({ bytes, members, maxTokens }: Sketch, most: number | undefined): string | undefined {
  const limit = numPredictIn(bytes, members)
  const options = members.find(({ key }) => key === 'options')
  if (limit === undefined || options === undefined || most === undefined || (maxTokens ?? 0) <= most) return undefined
  const edit = { start: limit.valueStart - options.valueStart, end: limit.valueEnd - options.valueStart, text: String(most) }
  return splice(bytes.subarray(options.valueStart, options.valueEnd), [edit]).toString()
}
