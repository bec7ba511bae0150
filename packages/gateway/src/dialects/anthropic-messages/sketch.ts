/** Reads what routing needs from the body of a Messages request, and which headers go on with it. */
import type { Sketch, SketchAsk } from '../dialect.ts'
import { badField, sketchJson } from '../sketch-json.ts'

const once = ['model', 'stream', 'max_tokens']

/** @throws RefusedCall (400) also where `max_tokens` is missing: the API insists on it. */
export function sketchMessages(body: Buffer, ask: SketchAsk): Sketch {
  const sketch = sketchJson(body, { maxTokens: ['max_tokens'], once }, ask)
  if (sketch.maxTokens === undefined) {
    throw badField('max_tokens', '`max_tokens` is missing. Say how many tokens the answer may have at most.')
  }
  return { ...sketch, ...forwardedFrom(ask) }
}

/** Counting needs no limit, and is never streamed. */
export function sketchCount(body: Buffer, ask: SketchAsk): Sketch {
  return { ...sketchJson(body, { maxTokens: [], once }, { ...ask, stream: false }), ...forwardedFrom(ask) }
}

const forwardedNames = ['anthropic-version', 'anthropic-beta'] as const

/** The version and the betas decide how a request is understood: another Anthropic server gets them as the caller wrote them. */
function forwardedFrom({ headers }: SketchAsk): Pick<Sketch, 'forwarded'> {
  const forwarded = forwardedNames.flatMap((name) => {
    const value = headers[name]
    if (value === undefined || value.length === 0) return []
    return [name, typeof value === 'string' ? value : value.join(',')]
  })
  return forwarded.length === 0 ? {} : { forwarded }
}
