/** Messages and tools of any usual form, as far as counting needs to understand them. What it does not know is counted as JSON. */
import { parseDataUrl } from '../dialects/canonical/data-url.ts'
import { isRecord } from '../dialects/wire.ts'
import type { CountablePart, CountableRequest, CountableTurn } from '../tokens/count-request.ts'

type Fields = Readonly<Record<string, unknown>>

export function countableTurns(messages: readonly unknown[]): readonly CountableTurn[] {
  return messages.map((message) => (isRecord(message) ? turnOf(message) : { parts: [asText(message)] }))
}

/** OpenAI's `{type: "function", function: {…}}`, the Responses API's flat form, and Anthropic's with `input_schema`. */
export function countableTools(tools: readonly unknown[]): CountableRequest['tools'] {
  return tools.map((tool) => {
    if (!isRecord(tool)) return { parameters: tool }
    const { name, description, parameters, input_schema: schema } = isRecord(tool['function']) ? tool['function'] : tool
    // A tool that the vendor runs itself has fields of its own.
    if (typeof name !== 'string') return { parameters: tool }
    return { name, parameters: parameters ?? schema, ...(typeof description === 'string' && { description }) }
  })
}

function turnOf(message: Fields): CountableTurn {
  const { content, tool_calls: calls } = message
  const parts = partsIn(content)
  return { parts, blocks: Array.isArray(calls) ? calls.map(callOf) : [] }
}

function partsIn(content: unknown): readonly CountablePart[] {
  if (content === undefined || content === null) return []
  return Array.isArray(content) ? content.flatMap(partOf) : [asText(content)]
}

function asText(value: unknown): CountablePart {
  return typeof value === 'string' ? { is: 'text', text: value } : { is: 'opaque', value }
}

function callOf(call: unknown): CountablePart {
  const { name, arguments: given } = isRecord(call) && isRecord(call['function']) ? call['function'] : {}
  if (typeof name !== 'string') return asText(call)
  return { is: 'tool-call', name, argumentsText: typeof given === 'string' ? given : JSON.stringify(given ?? {}) }
}

type PartReader = (part: Fields) => readonly CountablePart[]

const document: PartReader = () => [{ is: 'file', source: { is: 'base64' } }]
const picture: PartReader = (part) => [imageOf(part)]

/** By type; texts are told by having one, whatever they are called. */
const readers: ReadonlyMap<unknown, PartReader> = new Map([
  ['image_url', picture],
  ['input_image', picture],
  ['image', picture],
  ['file', document],
  ['input_file', document],
  ['document', document],
  ['input_audio', document],
  ['audio', document],
  ['video', document],
  ['video_url', document],
  ['tool_result', ({ content }) => partsIn(content)],
  ['tool_use', ({ name, input }) => [{ is: 'tool-call', name: String(name), argumentsText: JSON.stringify(input ?? {}) }]],
])

function partOf(part: unknown): readonly CountablePart[] {
  if (!isRecord(part)) return [asText(part)]
  const text = part['text'] ?? part['thinking']
  if (typeof text === 'string') return [{ is: 'text', text }]
  return readers.get(part['type'])?.(part) ?? [asText(part)]
}

/** A data URL as a text or below `url`, or Anthropic's `source`. */
function imageOf(part: Fields): CountablePart {
  const image = part['image_url']
  const url = isRecord(image) ? image['url'] : image
  const detail = isRecord(image) ? image['detail'] : part['detail']
  const source = part['source']
  const data = isRecord(source) ? source['data'] : typeof url === 'string' ? parseDataUrl(url)?.data : undefined
  return {
    is: 'image',
    source: { is: 'base64', ...(typeof data === 'string' && { data }) },
    ...(typeof detail === 'string' && { detail }),
  }
}
