/** Knows every limit as it is: sends a call only where there is room, and lets it wait for room as long as its caller does. */
import type { Millis, Timer } from '@keywheel/keyring'
import type { Call } from '../calls.ts'
import { minuteMs } from '../hidden-key.ts'
import type { HiddenKey } from '../hidden-key.ts'
import { request } from './scheduler.ts'
import type { Scheduler, World } from './scheduler.ts'

/** Rounding must not make it look again without end. */
const shortestLookMs = 1

export function omniscient(world: World): Scheduler {
  const lobby = new Lobby(world)
  return { breathes: false, start: (call) => lobby.enter(call) }
}

class Lobby {
  readonly #world: World
  #waiting: Call[] = []
  #timer: Timer | undefined
  #looksAt: Millis = Infinity

  constructor(world: World) {
    this.#world = world
  }

  /** Between two looks nothing can have become possible for those who wait, so only the new call is tried. */
  enter(call: Call): void {
    if (this.#admit(call)) return
    this.#waiting.push(call)
    this.#plan(call)
  }

  #look(): void {
    const now = this.#world.clock.now()
    this.#timer = undefined
    this.#looksAt = Infinity
    let most = this.#mostRoom(now)
    this.#waiting = this.#waiting.filter((call) => {
      if (this.#lastStart(call) < now) {
        this.#world.ledger.failed(call, 'late', now)
        return false
      }
      if (call.tokens > most || !this.#admit(call)) return true
      most = this.#mostRoom(now)
      return false
    })
    const smallest = this.#waiting.reduce<Call | undefined>(
      (one, call) => (one === undefined || call.tokens < one.tokens ? call : one),
      undefined,
    )
    if (smallest !== undefined) this.#plan(smallest)
    if (this.#waiting[0] !== undefined) this.#lookAt(Math.min(...this.#waiting.map((call) => this.#lastStart(call))) + shortestLookMs)
  }

  #admit(call: Call): boolean {
    const { clock, ledger, provider } = this.#world
    const now = clock.now()
    let best: number | undefined
    let bestRoom = -Infinity
    for (const [index, key] of provider.keys.entries()) {
      if (!key.hasRoom(now, call.tokens)) continue
      const room = roomAfter(key, call, now, this.#world.endsAt)
      if (room > bestRoom) [best, bestRoom] = [index, room]
    }
    if (best === undefined) return false
    request(this.#world, call, best, ({ reason }) => ledger.violated(`the omniscient scheduler was refused: ${reason}`))
    return true
  }

  #mostRoom(now: Millis): number {
    let most = 0
    for (const key of this.#world.provider.keys) if (key.hasRoom(now, 1)) most = Math.max(most, key.tokens.room(now))
    return most
  }

  #lastStart(call: Call): Millis {
    return call.arrivesAt + this.#world.patienceMs - call.firstByteMs
  }

  #plan(call: Call): void {
    const now = this.#world.clock.now()
    const readyIn = Math.min(...this.#world.provider.keys.map((key) => key.readyIn(now, call.tokens)))
    this.#lookAt(Math.min(now + Math.max(readyIn, shortestLookMs), this.#lastStart(call) + shortestLookMs))
  }

  #lookAt(at: Millis): void {
    if (at >= this.#looksAt) return
    this.#timer?.cancel()
    this.#looksAt = at
    this.#timer = this.#world.clock.after(at - this.#world.clock.now(), () => this.#look())
  }
}

/** The scarcest of a key's limits once the call is admitted, as a part of it; of a day, as a part of what it could still use. */
function roomAfter(key: HiddenKey, call: Call, now: Millis, endsAt: Millis): number {
  const minutesLeft = Math.max(1, Math.min(endsAt - now, key.day.fullIn(now)) / minuteMs)
  return Math.min(
    (key.requests.room(now) - 1) / key.requests.limit,
    (key.tokens.room(now) - call.tokens) / key.tokens.limit,
    (key.day.room(now) - 1) / (key.requests.limit * minutesLeft),
  )
}
