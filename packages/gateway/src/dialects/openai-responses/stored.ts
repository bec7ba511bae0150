/** What a kept answer is made of, and a request with what was kept before put in front of its own items. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import { bareAsk } from '../dialect.ts'
import type { CheckedAnswer, Sketch } from '../dialect.ts'
import { splice } from '../splice-request.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { keepingOf, sketchResponses, valueOf } from './sketch.ts'
import type { Amend } from './tap.ts'

/** Of a call whose answer is kept here, the provider knows neither that nor what came before. */
export function amendmentOf(sketch: Sketch): Amend | undefined {
  const { isStored, previousResponseId } = keepingOf(sketch)
  if (!isStored && previousResponseId === undefined) return undefined
  return (response) => ({ ...response, store: isStored, previous_response_id: previousResponseId ?? null })
}

export function amendWhole(body: Buffer, sketch: Sketch): Pick<CheckedAnswer, 'body'> {
  const amend = amendmentOf(sketch)
  const response = amend === undefined ? undefined : parseJson(body.toString())
  return amend !== undefined && isRecord(response) ? { body: Buffer.from(JSON.stringify(amend(response))) } : {}
}

type Item = Record<string, unknown>

/** The caller's own items, a text as the message that it stands for. */
export function ownItems(sketch: Sketch): readonly unknown[] {
  const input = valueOf(sketch, 'input')
  if (typeof input === 'string') return [messageOf(input)]
  return Array.isArray(input) ? input : []
}

const openBracket = 0x5b

/** The same as JSON, in the caller's own bytes where they are a list. */
export function inputText(sketch: Sketch): string {
  const member = sketch.members.find(({ key }) => key === 'input')
  if (member !== undefined && sketch.bytes[member.valueStart] === openBracket)
    return sketch.bytes.toString('utf8', member.valueStart, member.valueEnd)
  return JSON.stringify(ownItems(sketch))
}

function messageOf(text: string): unknown {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
}

/** Ids that stand for items of kept answers. */
export function referencesIn(items: readonly unknown[]): readonly string[] {
  return items.flatMap((item) => (isReference(item) ? [textIn(item['id']) ?? ''] : []))
}

function isReference(item: unknown): item is Item {
  return isRecord(item) && item['type'] === 'item_reference'
}

/** @throws RefusedCall 400 naming the item that nobody kept. */
export function withReferences(items: readonly unknown[], found: ReadonlyMap<string, unknown>): readonly unknown[] {
  return items.map((item, at) => {
    if (!isReference(item)) return item
    const id = textIn(item['id']) ?? ''
    const kept = found.get(id)
    if (kept === undefined)
      throw refuse('bad-request', `There is no kept item \`${id}\`. Send the item itself.`, { param: `input[${at}].id` })
    return kept
  })
}

/** The same request with these items in place of its own. Of some thinking there is only a name left, which nobody knows any more. */
export function withItems(sketch: Sketch, items: readonly unknown[]): Sketch {
  return withMember(sketch, 'input', JSON.stringify(items.filter((item) => !isBareName(item))))
}

function isBareName(item: unknown): boolean {
  if (!isRecord(item) || item['type'] !== 'reasoning' || textIn(item['encrypted_content']) !== undefined) return false
  return [item['summary'], item['content']].every((list) => !Array.isArray(list) || list.length === 0)
}

/** The same request where nothing can be kept, so that the caller hears so. */
export function notStored(sketch: Sketch): Sketch {
  return withMember(sketch, 'store', 'false')
}

function withMember(sketch: Sketch, name: string, text: string): Sketch {
  const own = sketch.members.find(({ key }) => key === name)
  const first = sketch.members[0]?.keyStart ?? 1
  const edit =
    own === undefined ? { start: first, end: first, text: `"${name}":${text},` } : { start: own.valueStart, end: own.valueEnd, text }
  return { ...sketch, ...sketchResponses(splice(sketch.bytes, [edit]), bareAsk) }
}

/** As OpenAI tells of an answer that it does not know. */
export function previousNotFound(id: string): RefusedCall {
  return refuse('bad-request', `Previous response with id '${id}' not found.`, {
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  })
}

/** Encrypted thinking in an answer, by which a later call finds back to the key that can read it. */
export function encryptedIn(response: Item): readonly string[] {
  const output = Array.isArray(response['output']) ? response['output'].filter(isRecord) : []
  return output.map((item) => textIn(item['encrypted_content'])).filter((text) => text !== undefined)
}

const encryptedKey = Buffer.from('"encrypted_content":')
const quote = 0x22

/** The latest encrypted thinking in a request, found without building it. */
export function lastEncrypted({ bytes }: Sketch): string | undefined {
  if (!bytes.includes(encryptedKey)) return undefined
  for (let at = bytes.lastIndexOf(encryptedKey); at !== -1; at = at === 0 ? -1 : bytes.lastIndexOf(encryptedKey, at - 1)) {
    const start = bytes.indexOf(quote, at + encryptedKey.length) + 1
    const isText = start > 0 && bytes.toString('latin1', at + encryptedKey.length, start - 1).trim() === ''
    const end = isText ? bytes.indexOf(quote, start) : -1
    if (end > start) return bytes.toString('latin1', start, end)
  }
  return undefined
}
