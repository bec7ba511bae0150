/** Takes secrets out of texts that others wrote, such as a provider's error message, before they are shown or logged. */
import type { Secret } from './secret.ts'

/** The text with everything that looks like a credential replaced by `[secret]`. Takes time linear in its length. */
export function scrub(text: string): string {
  return knownSecrets.mask(text).replace(afterItsName, '$1[secret]').replace(byItsShape, '[secret]')
}

const cachedTexts = 2000
const scrubbedByText = new Map<string, string>()

/** The text without secrets. What is written again and again, such as a model's name, is scrubbed once. */
export function scrubbed(text: string): string {
  if (text.length > 200) return scrub(text)
  const known = scrubbedByText.get(text)
  if (known !== undefined) return known
  if (scrubbedByText.size >= cachedTexts) scrubbedByText.clear()
  const clean = scrub(text)
  scrubbedByText.set(text, clean)
  return clean
}

/** A name that is followed by a secret: `Authorization: Bearer …`, `?key=…`, `"api_key": "…"`. */
const afterItsName: RegExp =
  /((?:bearer|basic)\s{1,8}|(?<![a-z0-9])(?:x-)?(?:(?:api|access|secret|private)[-_]?)?(?:key|token|secret|password)["']?\s{0,3}[=:]\s{0,3}["']?)(?!\[secret\])[^\s"'&,;<>]{4,}/gi

/**
 * Every shape begins where a word begins and runs over one class of characters, so no text is read twice:
 * without that, `eyJeyJeyJ…` takes time with the square of its length.
 */
const byItsShape: RegExp =
  /(?<![A-Za-z0-9_-])(?:(?:sk|pk|rk|xai|pplx|csk)-[\w-]{8,}|(?:gsk|hf|fw|ghp|r8|nvapi)[_-][\w-]{12,}|AIza[\w-]{20,}|A(?:KIA|SIA)[0-9A-Z]{16}|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)/g

const shortestSecret = 8

/** Secrets with the same beginning, such as `sk-proj-`. */
interface Alike {
  readonly texts: Set<string>
  /** The longest first: a secret may begin with another. */
  lengths: readonly number[]
}

/** Finds any of many texts in one pass: most places are passed over after one look at two characters. */
class KnownSecrets {
  /** By their first eight characters. */
  readonly #byStart = new Map<string, Alike>()
  readonly #isStart = new Uint8Array(65_536)

  /** Masks this secret, and its form in a URL, wherever it appears from now on. Those under 8 characters would mask ordinary words. */
  add(secret: Secret): void {
    const text = secret.reveal()
    for (const form of new Set([text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)])) this.#addText(form)
  }

  forget(): void {
    this.#byStart.clear()
    this.#isStart.fill(0)
  }

  mask(text: string): string {
    if (this.#byStart.size === 0) return text
    let masked = ''
    let copied = 0
    for (let at = 0; at + shortestSecret <= text.length; at += 1) {
      if (this.#isStart[pairAt(text, at)] === 0) continue
      const length = this.#lengthAt(text, at)
      if (length === 0) continue
      masked += `${text.slice(copied, at)}[secret]`
      copied = at + length
      at = copied - 1
    }
    return copied === 0 ? text : masked + text.slice(copied)
  }

  #addText(text: string): void {
    if (text.length < shortestSecret) return
    const start = text.slice(0, shortestSecret)
    const alike: Alike = this.#byStart.get(start) ?? { texts: new Set(), lengths: [] }
    alike.texts.add(text)
    alike.lengths = [...new Set([...alike.lengths, text.length])].toSorted((a, b) => b - a)
    this.#byStart.set(start, alike)
    this.#isStart[pairAt(text, 0)] = 1
  }

  /** How long the secret is that begins here; 0 when none does. */
  #lengthAt(text: string, at: number): number {
    const alike = this.#byStart.get(text.slice(at, at + shortestSecret))
    return alike?.lengths.find((length) => alike.texts.has(text.slice(at, at + length))) ?? 0
  }
}

function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff
}

/** Secrets that are masked wherever they appear, whatever they look like: the configuration adds its own at the start. */
export const knownSecrets: KnownSecrets = new KnownSecrets()
