/** Ours: the keyring as the gateway uses it, with the gateway's defaults. */
import { Keyring, pursue } from '@keywheel/keyring'
import type { AttemptAsk, KeyringEvent, Millis, Outcome, Plan, PursueTools, Target } from '@keywheel/keyring'
import { defaultProvider, defaultRetry } from '../../../packages/gateway/src/config/defaults.ts'
import type { Call } from '../calls.ts'
import { seededChance } from '../chance.ts'
import type { Scheduler, World } from './scheduler.ts'

const target: Target = { pool: 'pool', model: 'model' }

export function keywheel(world: World): Scheduler {
  const wheel = new Wheel(world)
  return {
    breathes: true,
    // What goes wrong in the keyring itself is a finding, not the end of the run.
    start: (call) => void wheel.answer(call).catch((bug: unknown) => world.ledger.violated(`bug: ${String(bug)}`)),
    inFlight: () => wheel.inFlight,
  }
}

class Wheel {
  readonly #world: World
  readonly #tools: Omit<PursueTools<Target, number>, 'signal'>

  constructor(world: World) {
    const { clock, provider, seed, maxConcurrency } = world
    this.#world = world
    const chance = seededChance(seed, 'keyring')
    const keys = provider.keys.map(({ id }, index) => ({ id, credential: index, label: id, priority: 1 }))
    const settings = { ...defaultProvider, ...(maxConcurrency === undefined ? {} : { maxConcurrency }) }
    const announce = (event: KeyringEvent): void => this.#heard(event)
    const keyring = new Keyring({ pools: [{ name: 'pool', keys, settings }], clock, chance, announce })
    this.#tools = { keyring, limits: defaultRetry, clock, chance }
  }

  get inFlight(): number {
    return this.#tools.keyring.inFlight
  }

  async answer(call: Call): Promise<void> {
    const { clock, ledger, patienceMs } = this.#world
    const plan: Plan<Target> = { targets: [target], deadlineMs: patienceMs, roughTokens: call.roughTokens }
    let hold: Hold | undefined
    const attempt = async (ask: AttemptAsk<Target, number>): Promise<Outcome<string>> => {
      hold = new Hold(this.#world, ask)
      return await this.#request(call, ask, hold)
    }
    const pursued = await pursue<Target, number, string>(plan, attempt, { ...this.#tools, signal: new AbortController().signal })
    if (pursued.kind === 'failed') return ledger.failed(call, pursued.failure.reason, clock.now())
    ledger.answered(call, pursued.key.credential, clock.now())
    await sleep(this.#world, call.streamMs)
    hold?.end()
    pursued.finish({ tokens: call.tokens })
  }

  async #request(call: Call, ask: AttemptAsk<Target, number>, hold: Hold): Promise<Outcome<string>> {
    const { failure, readings } = this.#world.provider.ask(call, ask.key.credential)
    await sleep(this.#world, failure === undefined ? call.firstByteMs : call.refusalMs)
    const told = readings === undefined ? {} : { readings }
    if (failure === undefined) return { kind: 'committed', answer: 'answer', ...told }
    hold.end()
    return { kind: 'failed', failure, ...told }
  }

  #heard(event: KeyringEvent): void {
    const { clock, ledger } = this.#world
    const name = 'keyId' in event ? event.keyId : event.model
    ledger.log.add(`${Math.round(clock.now() * 1000)} ${event.is} ${name}`)
    if (event.is === 'key.dead') this.#testIn(event.forMs)
  }

  /** What the gateway does for dead keys: a test outside of any call, when it is due. */
  #testIn(forMs: Millis): void {
    const { clock, provider } = this.#world
    const { keyring } = this.#tools
    clock.after(forMs, () => {
      for (const { pool, key } of keyring.dueTests()) {
        const trouble = provider.keys[key.credential]?.troubleAt(clock.now())
        if (trouble?.is !== 'revoked') keyring.keyPassed(pool, key.id)
        else keyring.keyRefused(pool, key.id, { reason: 'key-rejected', message: 'revoked', status: 401, sent: 'yes' })
      }
    })
  }
}

/** One request in flight, as the provider sees it; a request that is cut off is over at once. */
class Hold {
  readonly #world: World
  readonly #key: number
  #isOver = false

  constructor(world: World, { key, signal }: AttemptAsk<Target, number>) {
    this.#world = world
    this.#key = key.credential
    world.ledger.holds(this.#key, 1, world.maxConcurrency ?? Infinity)
    signal.addEventListener('abort', () => this.end(), { once: true })
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#world.ledger.holds(this.#key, -1, Infinity)
  }
}

function sleep({ clock }: World, ms: Millis): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}
