/** Which key can read what it has encrypted: found again by the end of the encrypted text, for as many as there is room for. */
import type { Sketch } from '../dialects/dialect.ts'
import { sealMark, unseal } from '../dialects/canonical/opaque.ts'
import type { DialectName } from '../domain/operation.ts'
import { lastEncrypted } from '../dialects/openai-responses/stored.ts'

/** A provider and the hashed id of one of its keys. */
export interface PreferredKey {
  readonly pool: string
  readonly keyId: string
}

const mostEntries = 20_000
/** The end of an encrypted text is a checksum or near one: no two are alike. */
const tailLength = 48

/** Dialects whose encrypted thinking belongs to an account. */
const keyBound: ReadonlySet<DialectName> = new Set(['openai-responses'])

const seal = Buffer.from(`"${sealMark}`)
const quote = 0x22

export class KeyAffinity {
  /** In order of use; the first is the oldest. */
  readonly #keys = new Map<string, PreferredKey>()

  /** What was sealed here tells by itself where it belongs. */
  remember(caller: string, encrypted: readonly string[], key: PreferredKey): void {
    for (const text of encrypted) if (!text.startsWith(sealMark)) this.#remember(nameOf(caller, text), key)
  }

  /** The key that made the latest encrypted thinking in a request; undefined: none, or nobody knows. */
  find(caller: string, sketch: Sketch): PreferredKey | undefined {
    const sealed = lastSealed(sketch.bytes)
    if (sealed !== undefined) return sealed
    const encrypted = lastEncrypted(sketch)
    return encrypted === undefined ? undefined : this.#keys.get(nameOf(caller, encrypted))
  }

  #remember(name: string, key: PreferredKey): void {
    this.#keys.delete(name)
    this.#keys.set(name, key)
    if (this.#keys.size <= mostEntries) return
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest)
      return
    }
  }
}

function nameOf(caller: string, encrypted: string): string {
  return `${caller}\n${encrypted.slice(-tailLength)}`
}

/** From what was sealed last in a body of any dialect. */
export function lastSealed(bytes: Buffer): PreferredKey | undefined {
  if (!bytes.includes(seal)) return undefined
  const start = bytes.lastIndexOf(seal) + 1
  const { origin } = unseal(bytes.toString('latin1', start, bytes.indexOf(quote, start)), 'openai-responses')
  const { dialect, provider, keyId } = origin
  return keyBound.has(dialect) && provider !== undefined && keyId !== undefined ? { pool: provider, keyId } : undefined
}
