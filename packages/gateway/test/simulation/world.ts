/** One simulation from the first call to the last rest: the real gateway between simulated callers and providers, on virtual time. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { ManualClock } from '@keywheel/keyring'
import { Caller } from './caller.ts'
import type { Aftermath, CallSeen, History, LineSeen } from './history.ts'
import { openLife } from './life.ts'
import type { Life } from './life.ts'
import { ProviderSide } from './provider-side.ts'
import { EventRecord } from './record.ts'
import { scenarioOf } from './scenario.ts'
import type { CallPlan, Scenario } from './scenario.ts'
import { SimulatedStore } from './store.ts'

export interface Simulation {
  readonly history: History
  /** SHA-256 of the event log. */
  readonly digest: string
  /** The event log, if it was asked for. */
  readonly log: readonly string[]
}

/** A wall clock that tests of dates agree on. */
const wallStart = Date.UTC(2026, 0, 15, 12)
/** Rounds of the event loop in which whatever needs no time gets done: the journal takes one, and nothing takes two. */
const roundsUntilQuiet = 4
const mostSteps = 200_000
/** Long enough for a provider's farewell and for the journal to be written; no timer of a call that has ended lives longer. */
const settleMs = 5000
const recoveryGapMs = 11_000
/** In balanced rotation a key that was used much has its turn only when the others have caught up. */
const mostRecoveryCalls = 150

export async function simulate(seed: number, keepsLog: boolean = false): Promise<Simulation> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'keywheel-simulation-'))
  try {
    return await new World(scenarioOf(seed), dataDirectory, keepsLog).run()
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

type LeftOver = Pick<Aftermath, 'inFlight' | 'timersAtStart' | 'timersAtEnd'>

class World {
  readonly #scenario: Scenario
  readonly #dataDirectory: string
  readonly #clock = new ManualClock(wallStart)
  readonly #record: EventRecord
  readonly #store: SimulatedStore
  readonly #providers: ProviderSide
  readonly #calls: CallSeen[] = []
  readonly #lines: LineSeen[] = []
  readonly #kills: { life: number; at: number }[] = []
  readonly #callers = new Map<Duplex, { caller: Caller; seen: CallSeen }>()
  readonly #closing: Promise<void>[] = []
  readonly #startedAt: number
  #life: Life | undefined
  #killsAtNextRequest = false
  #unsent = 0
  #steps = 0

  constructor(scenario: Scenario, dataDirectory: string, keepsLog: boolean) {
    this.#scenario = scenario
    this.#dataDirectory = dataDirectory
    this.#record = new EventRecord(this.#clock, keepsLog)
    this.#store = new SimulatedStore(dataDirectory)
    this.#startedAt = this.#clock.now()
    this.#providers = new ProviderSide({
      scenario,
      clock: this.#clock,
      life: () => this.#life?.number ?? 0,
      note: (what, fields) => this.#record.note(what, fields),
      onRequest: () => this.#maybeKill(),
    })
  }

  async run(): Promise<Simulation> {
    this.#life = await this.#open(1)
    this.#plan()
    await this.#pass(() => this.#unsent === 0 && this.#callers.size === 0)
    await this.#passFor(settleMs)
    const aftermath = await this.#recover(this.#leftOver())
    await this.#close()
    const rows = this.#store.rows()
    for (const row of rows) this.#record.note('row', row)
    const { requests } = this.#providers
    const seen = { calls: this.#calls, requests, lines: this.#lines, rows, aftermath, kills: this.#kills }
    return {
      history: { scenario: this.#scenario, startedAt: this.#startedAt, ...seen },
      digest: this.#record.digest(),
      log: this.#record.lines,
    }
  }

  get #now(): number {
    return this.#clock.now() - this.#startedAt
  }

  get #alive(): Life {
    if (this.#life === undefined) throw new Error('there is no gateway')
    return this.#life
  }

  #open(number: number): Promise<Life> {
    return openLife({
      number,
      scenario: this.#scenario,
      clock: this.#clock,
      dataDirectory: this.#dataDirectory,
      store: this.#store,
      providers: this.#providers,
      onLine: (line) => {
        this.#lines.push(line)
        this.#record.note('line', line.fields)
      },
      onRequest: (socket, requestId) => {
        const seen = this.#callers.get(socket)?.seen
        if (seen !== undefined) seen.requestId = requestId
      },
    })
  }

  #plan(): void {
    const { calls, nemeses, quietAt } = this.#scenario
    const at = (when: number, run: () => void): void => void this.#clock.after(when, run)
    this.#unsent = calls.length
    for (const call of calls) {
      at(call.at, () => {
        this.#unsent -= 1
        this.#call(call)
      })
    }
    for (const nemesis of nemeses) {
      if (nemesis.is === 'wall-jump') at(nemesis.at, () => this.#clock.jumpWall(nemesis.ms))
      if (nemesis.is === 'kill') at(nemesis.at, () => (this.#killsAtNextRequest = true))
      if (nemesis.is !== 'store-gone') continue
      at(nemesis.from, () => (this.#store.isGone = true))
      at(nemesis.until, () => (this.#store.isGone = false))
    }
    at(quietAt, () => (this.#killsAtNextRequest = false))
  }

  #call(plan: CallPlan): CallSeen {
    const life = this.#alive
    const seen: CallSeen = { ...plan, life: life.number, sentAt: this.#clock.now(), body: '', end: 'open', endedAt: 0 }
    const note = (what: string, fields: object): void => this.#record.note(what, fields)
    const caller: Caller = new Caller(seen, { clock: this.#clock, note, onEnd: () => void this.#callers.delete(caller.socket) })
    this.#calls.push(seen)
    this.#callers.set(caller.socket, { caller, seen })
    note('caller.called', plan)
    life.connect(caller.socket)
    return seen
  }

  // How time passes.

  async #pass(isOver: () => boolean): Promise<void> {
    for (;;) {
      await quiet()
      if (this.#life?.clock.isAlive === false) await this.#reopen()
      if (isOver()) return
      const step = this.#clock.untilNext
      if (step === undefined || this.#steps++ > mostSteps) throw new Error(`it never ends: ${this.#callers.size} calls are open`)
      this.#clock.advance(step)
    }
  }

  async #passFor(ms: number): Promise<void> {
    let isOver = false
    this.#clock.after(ms, () => (isOver = true))
    await this.#pass(() => isOver)
  }

  // How the gateway dies.

  #maybeKill(): boolean {
    const life = this.#life
    if (!this.#killsAtNextRequest || life === undefined) return false
    this.#killsAtNextRequest = false
    this.#kills.push({ life: life.number, at: this.#clock.now() })
    this.#record.note('killed', { life: life.number })
    life.clock.kill()
    for (const { caller } of this.#callers.values()) caller.gatewayDied()
    return true
  }

  async #reopen(): Promise<void> {
    const dead = this.#life
    if (dead === undefined) return
    // Only to let go of what this process really holds.
    this.#closing.push(dead.gateway.close())
    this.#life = await this.#open(dead.number + 1)
  }

  async #close(): Promise<void> {
    if (this.#life !== undefined) this.#closing.push(this.#life.gateway.close())
    await Promise.all(this.#closing)
  }

  // What is left when all is over.

  #leftOver(): LeftOver {
    const life = this.#alive
    return { inFlight: life.gateway.keyring.inFlight, timersAtStart: life.timersAtStart, timersAtEnd: life.clock.timers }
  }

  async #recover(leftOver: LeftOver): Promise<Aftermath> {
    const { keyring } = this.#alive.gateway
    await this.#pass(() => this.#now >= this.#scenario.quietAt)
    const pools = keyring.snapshot()
    const longestRestMs = Math.max(0, ...pools.flatMap(restsOf).map((until) => until - this.#clock.now()))
    await this.#passFor(longestRestMs + 1000)
    return { ...leftOver, pools, longestRestMs, forgotten: await this.#forgottenKeys(pools) }
  }

  /** Calls each provider until every key that may be used has been. */
  async #forgottenKeys(pools: Aftermath['pools']): Promise<string[]> {
    const forgotten: string[] = []
    const from = this.#providers.requests.length
    let number = 1000
    for (const { name, keys, rotation } of pools) {
      const missing = new Set(keys.filter(({ state }) => state.is !== 'dead' && state.is !== 'disabled').map(({ id }) => id))
      for (let calls = 0; missing.size > 0 && calls < mostRecoveryCalls; calls++) {
        const seen = this.#call({ ...recoveryCall, number: ++number, at: this.#now, model: `${name}/m` })
        await this.#pass(() => seen.end !== 'open')
        await this.#passFor(recoveryGapMs)
        for (const { keyId } of this.#providers.requests.slice(from)) missing.delete(keyId)
        // Sequential rotation stays on one key on purpose: that some key answers is all there is to see.
        if (rotation === 'sequential' && seen.status === 200) missing.clear()
      }
      for (const id of missing) forgotten.push(`${name}/${id}`)
    }
    return forgotten
  }
}

const recoveryCall = { dialect: 'openai-chat', stream: false, habit: 'patient', leavesAfterMs: 0 } as const

function restsOf({ keys, targets }: Aftermath['pools'][number]): number[] {
  const states = [
    ...Object.values(targets),
    ...keys.flatMap(({ state, models }) => [state, ...Object.values(models).map((model) => model.state)]),
  ]
  return states.flatMap((state) => (state.is === 'resting' || state.is === 'exhausted' ? [state.until] : []))
}

async function quiet(): Promise<void> {
  for (let round = 0; round < roundsUntilQuiet; round++) await new Promise<void>((resolve) => void setImmediate(resolve))
}
