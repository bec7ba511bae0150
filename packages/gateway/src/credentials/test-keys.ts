/** Tests keys that a provider has refused: when their time has come, and whenever an operator asks. One at a time per provider. */
import type { Clock, Keyring, Timer } from '@keywheel/keyring'
import type { Failure } from '../domain/failure.ts'
import type { KeyTest } from '../domain/key-test.ts'
import type { Secret } from '../domain/secret.ts'
import { within } from '../domain/within.ts'
import type { Provider } from '../providers/provider.ts'

/** How the provider answered to a key. `status` 0: it did not. */
export interface KeyAnswer {
  readonly status: number
  readonly failure?: Failure
}

export interface KeyTestsOptions {
  readonly keyring: Pick<Keyring<Secret | undefined>, 'dueTests' | 'keyOf' | 'keyPassed' | 'keyRefused' | 'snapshot'>
  readonly providers: ReadonlyMap<string, Provider>
  /** Asks with a GET of this path, which costs nothing. Never rejects. */
  readonly ask: (asked: { provider: Provider; path: string; secret: Secret | undefined }, signal: AbortSignal) => Promise<KeyAnswer>
  readonly clock: Clock
  readonly timeoutMs: number
  /** Whether dead keys are tested without being asked for. */
  readonly testsByItself: boolean
}

const roundEveryMs = 60_000

/** What a GET answers with where the key itself is refused. */
const refusals: ReadonlySet<Failure['reason']> = new Set(['key-rejected', 'key-forbidden', 'billing'])

export class KeyTests {
  readonly #options: KeyTestsOptions
  readonly #closing = new AbortController()
  /** The last test of each provider, which the next one waits for. */
  readonly #last = new Map<string, Promise<unknown>>()
  #timer: Timer | undefined

  constructor(options: KeyTestsOptions) {
    this.#options = options
  }

  /** Call it when a key has died, and once at the start: a timer runs only while there is a dead key that can be tested. */
  wake(): void {
    if (!this.#options.testsByItself || this.#timer !== undefined || this.#closing.signal.aborted || !this.#hasDead()) return
    this.#timer = this.#options.clock.after(roundEveryMs, () => void this.#round())
  }

  /** What is under way is given up and changes nothing. */
  close(): void {
    this.#closing.abort()
    this.#timer?.cancel()
  }

  /** Asks the provider whether it accepts the key, and tells the keyring. undefined: there is no such key. */
  async test(pool: string, keyId: string): Promise<KeyTest | undefined> {
    const { keyring, providers } = this.#options
    const key = keyring.keyOf(pool, keyId)
    const provider = providers.get(pool)
    if (key === undefined || provider === undefined) return undefined
    const place = placeOfTest(provider)
    if (place.path === undefined) return { ok: false, status: 0, latencyMs: 0, failure: place.failure }
    const test = await this.#inTurn(pool, () => this.#ask(provider, place.path, key.credential))
    if (this.#closing.signal.aborted) return test
    if (test.ok) keyring.keyPassed(pool, keyId)
    else if (test.failure !== undefined && refusals.has(test.failure.reason)) keyring.keyRefused(pool, keyId, test.failure)
    return test
  }

  /** Every provider's own keys follow one another. */
  async #round(): Promise<void> {
    const due = this.#options.keyring.dueTests().filter(({ pool }) => this.#canTest(pool))
    await Promise.all(due.map(({ pool, key }) => this.test(pool, key.id)))
    this.#timer = undefined
    this.wake()
  }

  async #inTurn<T>(pool: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(pool) ?? Promise.resolve()).then(work)
    this.#last.set(pool, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(pool) === mine) this.#last.delete(pool)
    }
  }

  async #ask(provider: Provider, path: string, secret: Secret | undefined): Promise<KeyTest> {
    const { clock, timeoutMs, ask } = this.#options
    const startedAt = clock.now()
    const patience = { clock, timeoutMs, closing: this.#closing.signal }
    const { status, failure } = await within(patience, (signal) => ask({ provider, path, secret }, signal))
    return { ok: failure === undefined, status, latencyMs: clock.now() - startedAt, ...(failure !== undefined && { failure }) }
  }

  #hasDead(): boolean {
    return this.#options.keyring.snapshot().some(({ name, keys }) => this.#canTest(name) && keys.some(({ state }) => state.is === 'dead'))
  }

  #canTest(pool: string): boolean {
    const provider = this.#options.providers.get(pool)
    return provider !== undefined && placeOfTest(provider).path !== undefined
  }
}

/** Where a key is tested, or why it cannot be. */
type Place = { readonly path: string } | { readonly path: undefined; readonly failure: Failure }

function placeOfTest(provider: Provider): Place {
  const { auth, keyTest, modelsPath, title } = provider
  if (keyTest === 'none') return nowhere(`${title} shows its list of models to everybody, and there is nothing else that is free.`)
  const path = keyTest?.path ?? modelsPath
  if (path === undefined) return nowhere(`${title} has no list of models, and there is nothing else that is free.`)
  if (auth.kind === 'sigv4' || auth.kind === 'google') return nowhere(`${title} takes keys in signed calls only.`)
  return { path }
}

function nowhere(why: string): Place {
  return { path: undefined, failure: { reason: 'unsupported', message: `The key cannot be tested without spending: ${why}`, sent: 'no' } }
}
