/** Which reply a call gets: the scripts of all keys, their turns and their quotas. */
import { answerTokens } from './answer-plan.ts'
import type { SeenCall } from './call.ts'
import { promptTokens } from './call.ts'
import { replySource, ReplyTurns } from './key-script.ts'
import type { KeyScript } from './key-script.ts'
import { KeyQuota } from './quotas.ts'
import { rateLimited } from './rate-limits.ts'
import { answer } from './replies.ts'
import type { HeaderFields, Reply } from './reply.ts'

interface Key {
  readonly script: KeyScript
  readonly quota: KeyQuota
  readonly source: ReplyTurns | ((call: SeenCall) => Reply) | undefined
}

/** A reply, the headers that go with it, and what to do when the call has ended. */
export interface Cue {
  readonly reply: Reply
  readonly headers: HeaderFields
  release(): void
}

const everyKey = '*'

export class ScriptBook {
  readonly #scripts: Readonly<Record<string, KeyScript>>
  readonly #otherKeys: KeyScript
  readonly #otherSource: Key['source']
  readonly #keys = new Map<string, Key>()
  readonly #scripted = new Map<string, ReplyTurns>()

  constructor(scripts: Readonly<Record<string, KeyScript>>, otherKeys: KeyScript) {
    this.#scripts = scripts
    this.#otherKeys = otherKeys
    this.#otherSource = replySource(otherKeys.reply)
  }

  script(key: string, replies: readonly Reply[]): void {
    this.#scripted.set(key, new ReplyTurns(replies))
  }

  /** Takes the key's turn, if its quotas admit the call. `now` in milliseconds. */
  cue(call: SeenCall, now: number): Cue {
    const key = this.#keyOf(call)
    const refused = key.quota.admit(promptTokens(call), now)
    if (refused !== undefined) {
      const { limitForm: form = 'seconds' } = key.script
      const reply = rateLimited({ afterSeconds: refused.afterMs / 1000, form, what: refused.what })
      return { reply, headers: key.quota.headers(now), release: () => undefined }
    }
    const reply = this.#take(call, key)
    if (reply.is === 'answer') key.quota.spendTokens(answerTokens(reply), now)
    return { reply, headers: key.quota.headers(now), release: () => key.quota.release() }
  }

  /** The refusal that a listing of models gets where the key's next reply is 401 or 403; takes no turn. */
  refusalOf(call: SeenCall): Reply | undefined {
    const source = this.#sourceOf(call, this.#keyOf(call))
    const reply = source instanceof ReplyTurns ? source.peek() : undefined
    return reply?.is === 'status' && (reply.status === 401 || reply.status === 403) ? reply : undefined
  }

  #take(call: SeenCall, key: Key): Reply {
    const source = this.#sourceOf(call, key)
    return (source instanceof ReplyTurns ? source.take() : source?.(call)) ?? answer()
  }

  /** A key's own replies go first, then those for every key. */
  #sourceOf(call: SeenCall, key: Key): Key['source'] {
    return this.#scripted.get(call.key ?? '') ?? key.source ?? this.#scripted.get(everyKey) ?? this.#otherSource
  }

  #keyOf({ key: name = '' }: SeenCall): Key {
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    const own = Object.hasOwn(this.#scripts, name) ? this.#scripts[name] : undefined
    const script = own ?? this.#otherKeys
    const key: Key = { script, quota: new KeyQuota(script), source: replySource(own?.reply) }
    this.#keys.set(name, key)
    return key
  }
}
