/** Items of an answer of the Responses API, read into blocks. */
import type { Block, ReasoningBlock } from '../canonical/blocks.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'
import { isRecord, textIn } from '../wire.ts'
import { readText } from './read-items.ts'

const dialect = 'openai-responses'

type Item = Record<string, unknown>

/** What an item of the answer holds; nothing where it is empty. */
export function blocksOf(item: Item, origin: Origin): readonly Block[] {
  switch (item['type']) {
    case 'message':
      return Array.isArray(item['content']) ? item['content'].filter(isRecord).flatMap(saidIn) : []
    case 'reasoning':
      return reasoningIn(item, origin)
    case 'function_call':
      return [{ is: 'tool-call', ...called(item), argumentsText: textIn(item['arguments']) ?? '' }]
    case 'custom_tool_call':
      return [{ is: 'tool-call', ...called(item), argumentsText: textIn(item['input']) ?? '', custom: true }]
    default:
      return [{ is: 'opaque', type: textIn(item['type']) ?? 'unknown', origin: dialect, value: item }]
  }
}

/** The id that results refer to; the item's own is another (dialects 4.1). */
export function called(item: Item): { readonly id: string; readonly name: string } {
  return { id: textIn(item['call_id']) ?? textIn(item['id']) ?? '', name: textIn(item['name']) ?? '' }
}

function saidIn(part: Item): readonly Block[] {
  if (part['type'] === 'refusal') return textIn(part['refusal']) === undefined ? [] : [{ is: 'refusal', text: String(part['refusal']) }]
  return textIn(part['text']) === undefined ? [] : [readText(part)]
}

function reasoningIn(item: Item, origin: Origin): readonly ReasoningBlock[] {
  const text = thoughtIn(item)
  const opaque = opaqueOf(item, origin)
  if (text === '' && opaque === undefined) return []
  return [{ is: 'reasoning', text, ...(opaque !== undefined && { opaque }) }]
}

/** The summary, or the thinking itself where the provider shows it. */
export function thoughtIn(item: Item): string {
  return textsIn(item['summary']) || textsIn(item['content'])
}

export function opaqueOf(item: Item, origin: Origin): Opaque | undefined {
  const data = textIn(item['encrypted_content'])
  if (data === undefined) return undefined
  const id = textIn(item['id'])
  return { origin, data, ...(id !== undefined && { id }), ...(thoughtIn(item) === '' && { redacted: true }) }
}

function textsIn(list: unknown): string {
  const parts = Array.isArray(list) ? list.filter(isRecord) : []
  return parts
    .map(({ text }) => textIn(text))
    .filter((text) => text !== undefined)
    .join('\n\n')
}
