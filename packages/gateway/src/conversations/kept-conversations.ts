/**
 * Conversations that callers of the Responses API leave here: what a call names is put in front of it, and its answer is kept
 * for the next one. Providers are asked to keep nothing (docs/decisions/0011-stored-responses.md).
 */
import type { Sketch } from '../dialects/dialect.ts'
import { keepingOf } from '../dialects/openai-responses/sketch.ts'
import type { KeepingAsk } from '../dialects/openai-responses/sketch.ts'
import {
  encryptedIn,
  inputText,
  notStored,
  ownItems,
  previousNotFound,
  referencesIn,
  withItems,
  withReferences,
} from '../dialects/openai-responses/stored.ts'
import { isRecord, parseJson, textIn } from '../dialects/wire.ts'
import type { DialectName } from '../domain/operation.ts'
import type { KeyAffinity, PreferredKey } from './key-affinity.ts'
import { lastSealed } from './key-affinity.ts'
import type { KeptResponse, ResponseStore } from './response-store.ts'

export interface Entering {
  readonly dialect: DialectName
  readonly sketch: Sketch
  /** The hashed id of the caller's key. */
  readonly caller: string
}

/** A call with all that it names. */
export interface Entered {
  readonly sketch: Sketch
  readonly prefers?: PreferredKey | undefined
  /** Keeps what a later call may need of the answer; absent: nothing of it is needed. */
  readonly leave?: (answered: Answered) => void
}

export interface Answered {
  /** The answer as the caller got it, as JSON or built. */
  readonly answer: Buffer | Readonly<Record<string, unknown>>
  readonly provider: string
  readonly keyId: string
  readonly passedThrough: boolean
}

export interface ConversationRooms {
  /** Absent: nothing is kept. */
  readonly store: ResponseStore | undefined
  readonly affinity: KeyAffinity
  /** Milliseconds since the Unix epoch. */
  readonly wallNow: () => number
}

export class KeptConversations {
  readonly #rooms: ConversationRooms

  constructor(rooms: ConversationRooms) {
    this.#rooms = rooms
  }

  /**
   * At once where the call names nothing that is kept, which is nearly always.
   * @throws RefusedCall 400 where it names something that is not.
   */
  enter(call: Entering): Entered | Promise<Entered> {
    const { dialect, sketch } = call
    if (dialect !== 'openai-responses') return { sketch, prefers: lastSealed(sketch.bytes) }
    const canKeep = this.#rooms.store !== undefined || !keepingOf(sketch).isStored
    return this.#enter(canKeep ? call : { ...call, sketch: notStored(sketch) })
  }

  #enter(call: Entering): Entered | Promise<Entered> {
    const { sketch, caller } = call
    const asked = keepingOf(sketch)
    if (asked.previousResponseId !== undefined || asked.mayRefer) return this.#continue(call, asked)
    const prefers = this.#rooms.affinity.find(caller, sketch)
    return { sketch, prefers, leave: this.#leaving(call, asked, () => inputText(sketch)) }
  }

  async #continue(call: Entering, asked: KeepingAsk): Promise<Entered> {
    const { sketch, caller } = call
    const before = await this.#before(caller, asked.previousResponseId)
    const items = ownItems(sketch)
    const holding = await this.#holding(caller, items)
    const own = withReferences(items, new Map(holding.flatMap(outputOf).map((item) => [textIn(item['id']) ?? '', item])))
    // A provider would look for ids that it has not made: such a request is written anew.
    const isMixed = [...before, ...holding].some(({ isTranslated }) => isTranslated)
    const expanded = { ...withItems(sketch, [...before.flatMap(itemsOf), ...own]), ...(isMixed && { rebuild: true }) }
    const last = before.at(-1)
    const prefers = last === undefined ? this.#rooms.affinity.find(caller, expanded) : { pool: last.provider, keyId: last.keyId }
    return { sketch: expanded, prefers, leave: this.#leaving(call, asked, () => JSON.stringify(own)) }
  }

  async #before(caller: string, id: string | undefined): Promise<readonly KeptResponse[]> {
    if (id === undefined) return []
    const before = await this.#rooms.store?.conversation(caller, id)
    if (before === undefined) throw previousNotFound(id)
    return before
  }

  /** The answers whose items the caller names by their ids alone. */
  async #holding(caller: string, items: readonly unknown[]): Promise<readonly KeptResponse[]> {
    const ids = referencesIn(items)
    return ids.length === 0 ? [] : ((await this.#rooms.store?.holding(caller, ids)) ?? [])
  }

  #leaving({ caller }: Entering, asked: KeepingAsk, input: () => string): (answered: Answered) => void {
    const { store, affinity, wallNow } = this.#rooms
    return ({ answer, provider, keyId, passedThrough }) => {
      const response = asked.isStored || !Buffer.isBuffer(answer) || holdsThinking(answer) ? recordIn(answer) : undefined
      if (response === undefined) return
      affinity.remember(caller, encryptedIn(response), { pool: provider, keyId })
      const id = textIn(response['id'])
      if (!asked.isStored || id === undefined || store === undefined) return
      store.put({
        id,
        caller,
        keptAt: wallNow(),
        ...(asked.previousResponseId !== undefined && { previousId: asked.previousResponseId }),
        provider,
        keyId,
        isTranslated: !passedThrough,
        input: input(),
        response: JSON.stringify(response),
        itemIds: itemsIn(response).flatMap((item) => textIn(item['id']) ?? []),
      })
    }
  }
}

const encryptedKey = Buffer.from('"encrypted_content"')

function holdsThinking(answer: Buffer): boolean {
  return answer.includes(encryptedKey)
}

function recordIn(answer: Answered['answer']): Readonly<Record<string, unknown>> | undefined {
  if (!Buffer.isBuffer(answer)) return answer
  const json = parseJson(answer.toString())
  return isRecord(json) ? json : undefined
}

function itemsIn({ output }: Readonly<Record<string, unknown>>): readonly Record<string, unknown>[] {
  return Array.isArray(output) ? output.filter(isRecord) : []
}

/** What the assistant said, as a later request repeats it. */
function outputOf({ response }: KeptResponse): readonly Record<string, unknown>[] {
  const json = parseJson(response)
  return isRecord(json) ? itemsIn(json) : []
}

/** What the call brought, and what was answered. */
function itemsOf(kept: KeptResponse): readonly unknown[] {
  const input = parseJson(kept.input)
  return [...(Array.isArray(input) ? input : []), ...outputOf(kept)]
}
