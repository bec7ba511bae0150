/** All simulated providers together: who is asked, with which key, and what was done about it. */
import type { Dispatcher } from 'undici'
import type { Clock } from '@keywheel/keyring'
import { Dice } from './dice.ts'
import type { RequestSeen } from './history.ts'
import { SimulatedProvider } from './provider.ts'
import type { Decision } from './provider.ts'
import { shortHash } from './record.ts'
import type { Scenario } from './scenario.ts'
import { keyText } from './settings.ts'
import { isSeen, neededMs, stepsOf } from './transport.ts'
import type { Asked, Providers } from './transport.ts'

interface Around {
  readonly scenario: Scenario
  readonly clock: Clock
  /** The number of the gateway's start. */
  readonly life: () => number
  readonly note: (what: string, fields: object) => void
  /** A request has arrived; true: the gateway has just died. */
  readonly onRequest: () => boolean
}

const gapMs = 120

export class ProviderSide implements Providers {
  readonly #around: Around
  readonly #byOrigin: ReadonlyMap<string, SimulatedProvider>
  readonly #dice: Dice
  /** In the order in which they came. */
  readonly requests: RequestSeen[] = []
  #count = 0

  constructor(around: Around) {
    this.#around = around
    const { scenario, clock } = around
    this.#byOrigin = new Map(scenario.providers.map((plan) => [`http://${plan.name}.test`, new SimulatedProvider(plan, scenario, clock)]))
    this.#dice = new Dice(scenario.seed, 'providers')
  }

  ask(origin: string, options: Dispatcher.DispatchOptions, isFresh: boolean): Asked {
    const provider = this.#byOrigin.get(origin)
    if (provider === undefined) throw new Error(`there is no provider at ${origin}`)
    const body = textOf(options.body)
    const key = keyIn(options.headers, provider)
    const decision = provider.decide(key.index, this.#dice)
    // A connection of its own cannot have died before.
    const deed = isFresh && decision.deed === 'was-stale' ? 'answers' : decision.deed
    const mark = ++this.#count
    const steps = this.#stepsOf(provider, { ...decision, deed }, { mark, stream: /"stream": ?true/.test(body) })
    this.#around.note('provider.met', { provider: provider.plan.name, deed, mark })
    if (!isSeen(deed)) return { steps, seen: undefined }
    const seen: RequestSeen = {
      number: mark,
      provider: provider.plan.name,
      keyId: shortHash(key.text),
      call: Number(/call-(\d+)-/.exec(body)?.[1]),
      life: this.#around.life(),
      bodyHash: shortHash(body),
      askedAt: this.#around.clock.now(),
      deed,
      words: wordsFor(mark),
      neededMs: neededMs(steps),
      outcome: 'open',
      endedAt: 0,
    }
    this.requests.push(seen)
    return { steps, seen }
  }

  note(seen: RequestSeen, what: string): void {
    this.#around.note(`provider.${what}`, seen)
    if (what === 'asked') this.#around.onRequest()
  }

  #stepsOf({ plan }: SimulatedProvider, decision: Decision, { mark, stream }: { mark: number; stream: boolean }): Asked['steps'] {
    const { deed, firstByteMs, waitMs, headers } = decision
    const { dialect } = plan
    const wallNow = this.#around.clock.wallNow()
    return stepsOf(deed, { dialect, stream, mark, words: wordsFor(mark), dice: this.#dice, firstByteMs, gapMs, wallNow, headers, waitMs })
  }
}

function wordsFor(mark: number): number {
  return 3 + (mark % 17)
}

function textOf(body: unknown): string {
  return Buffer.isBuffer(body) ? body.toString('utf8') : String(body)
}

function keyIn(headers: unknown, { plan }: SimulatedProvider): { index: number; text: string } {
  const sent = JSON.stringify(headers)
  const index = plan.keys.findIndex(({ name }) => sent.includes(keyText(name)))
  if (index === -1) throw new Error(`a request to ${plan.name} carries none of its keys`)
  return { index, text: keyText(plan.keys[index]?.name ?? '') }
}
