/**
 * What callers of KoboldAI's interface are having generated, under the names they gave it: they look at the text so far, and end it,
 * by calls of their own. Remembered a while after the end, for a page that has lost its connection.
 */
import type { CanonicalEvent } from '../dialects/canonical/events.ts'

/** In all; the oldest is forgotten first. */
const mostGenerations = 200
/** Of one text, in UTF-16 units. */
const longestText = 256 * 1024
const mostLogprobs = 20_000

export class Generation implements Disposable {
  readonly #end: () => void
  #text = ''
  readonly #logprobs: unknown[] = []
  #runs = true

  constructor(end: () => void) {
    this.#end = end
  }

  /** What the caller has got so far. */
  get text(): string {
    return this.#text
  }

  /** Of the tokens so far, where they were asked for. */
  get logprobs(): readonly unknown[] {
    return this.#logprobs
  }

  get runs(): boolean {
    return this.#runs
  }

  hear = (event: CanonicalEvent): void => {
    if ((event.is === 'text-delta' || event.is === 'refusal-delta') && this.#text.length < longestText) this.#text += event.text
    if (event.is !== 'logprobs') return
    for (const each of event.content.slice(0, mostLogprobs - this.#logprobs.length)) this.#logprobs.push(each)
  }

  /** Ends what runs at the provider, at once. false: it has ended already. */
  end(): boolean {
    if (!this.#runs) return false
    this.#runs = false
    this.#end()
    return true
  }

  [Symbol.dispose](): void {
    this.#runs = false
  }
}

export class Generations {
  readonly #known = new Map<string, Generation>()
  #begun = 0

  /** @param name the caller's own; the latest of that name is the one that is found. */
  begin(caller: string, name: string, end: () => void): Generation {
    this.#begun++
    const generation = new Generation(end)
    const key = keyOf(caller, name)
    this.#known.delete(key)
    this.#known.set(key, generation)
    if (this.#known.size > mostGenerations) this.#forgetOne()
    return generation
  }

  /** Only the caller's own. */
  find(caller: string, name: string): Generation | undefined {
    return this.#known.get(keyOf(caller, name))
  }

  /** How many there have been. */
  get begun(): number {
    return this.#begun
  }

  /** How many run. */
  get running(): number {
    let running = 0
    for (const { runs } of this.#known.values()) if (runs) running++
    return running
  }

  /** The oldest that has ended; the oldest of all where everything runs. */
  #forgetOne(): void {
    const [oldest = ''] = this.#known.keys()
    const [over = oldest] = [...this.#known].find(([, { runs }]) => !runs) ?? []
    this.#known.delete(over)
  }
}

/** Names come from callers, and may be of any length. */
function keyOf(caller: string, name: string): string {
  return `${caller} ${name.slice(0, 200)}`
}
