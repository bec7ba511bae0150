/** What routing reads of a Gemini request, and the request as it goes on to a provider that speaks the same: the caller's own bytes. */
import type { RequestChanges, Sketch, SketchAsk } from '../dialect.ts'
import { scanMembers } from '../json-scan.ts'
import type { Member } from '../json-scan.ts'
import { badField, readValue, sketchJson } from '../sketch-json.ts'
import { splice, spliceRequest } from '../splice-request.ts'

const configNames = ['generationConfig', 'generation_config']
const limitNames = new Set(['maxOutputTokens', 'max_output_tokens'])
const openBrace = 0x7b
const letterN = 0x6e

/** Without `alt=sse` a stream is one JSON array that grows. */
const arrayType = 'application/json; charset=utf-8'
/** Space between the elements of an array means nothing, and shows proxies that the stream lives. */
const arraySign = Buffer.from('\n')

/** @throws RefusedCall (400) naming the field at fault. */
export function sketchGemini(bytes: Buffer, ask: SketchAsk): Sketch {
  const { model } = ask
  const streams = ask.stream === true
  const rule = { maxTokens: [], once: configNames }
  const sketch = sketchJson(bytes, rule, { ...ask, stream: streams, ...(model !== undefined && { model: withoutPrefix(model) }) })
  const maxTokensFields = limitsIn(sketch)
  const maxTokens = highestOf(bytes, maxTokensFields)
  const asArray = streams && !asksForEvents(ask.query)
  return {
    ...sketch,
    model: withoutPrefix(sketch.model),
    // Every stream of this dialect tells its usage.
    wantsUsage: true,
    maxTokensFields,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(asArray && { streamType: arrayType, keepAlive: arraySign }),
  }
}

/** Whether the caller reads a JSON array instead of server-sent events. */
export function isArrayStream(sketch: Sketch): boolean {
  return sketch.streamType === arrayType
}

function asksForEvents(query: string): boolean {
  const parameters = new URLSearchParams(query)
  return parameters.get('alt') === 'sse' || parameters.get('$alt') === 'sse'
}

/** Google's resource names begin with `models/`; the model is what follows. */
export function withoutPrefix(model: string): string {
  return model.startsWith('models/') ? model.slice('models/'.length) : model
}

/** The answer's limit stands one level down; its place is told in the whole body. */
function limitsIn({ bytes, members }: Sketch): readonly Member[] {
  return members
    .filter(({ key, valueStart }) => configNames.includes(key) && bytes[valueStart] === openBrace)
    .flatMap(({ valueStart, valueEnd }) =>
      scanMembers(bytes.subarray(valueStart, valueEnd)).map((member) => ({
        key: member.key,
        keyStart: member.keyStart + valueStart,
        valueStart: member.valueStart + valueStart,
        valueEnd: member.valueEnd + valueStart,
      })),
    )
    .filter(({ key, valueStart }) => limitNames.has(key) && bytes[valueStart] !== letterN)
}

function highestOf(bytes: Buffer, fields: readonly Member[]): number | undefined {
  const limits = fields.map((field) => Number(readValue(bytes, field)))
  if (limits.some((limit) => !Number.isInteger(limit) || limit < 1)) {
    throw badField('generationConfig.maxOutputTokens', '`generationConfig.maxOutputTokens` must be a whole number of at least 1.')
  }
  return limits.length === 0 ? undefined : Math.max(...limits)
}

/** The request's bytes for one target. The model is in the path; a body that names it as well must not contradict. */
export function spliceGemini(sketch: Sketch, changes: RequestChanges): Buffer {
  return spliceRequest(sketch, changes, {
    replace: (member) => {
      if (member.key === 'model') return JSON.stringify(`models/${changes.model}`)
      return configNames.includes(member.key) ? loweredConfig(sketch, member, changes.maxTokens) : undefined
    },
  })
}

function loweredConfig({ bytes, maxTokensFields }: Sketch, config: Member, most: number | undefined): string | undefined {
  if (most === undefined) return undefined
  const edits = maxTokensFields
    .filter((field) => field.valueStart > config.valueStart && field.valueEnd <= config.valueEnd && Number(readValue(bytes, field)) > most)
    .map(({ valueStart, valueEnd }) => ({ start: valueStart - config.valueStart, end: valueEnd - config.valueStart, text: String(most) }))
  return edits.length === 0 ? undefined : splice(bytes.subarray(config.valueStart, config.valueEnd), edits).toString()
}
