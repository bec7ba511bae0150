/** The plain way: the keys in turn, and one that was refused is left alone for 60 s. */
import type { Call } from '../calls.ts'
import { request } from './scheduler.ts'
import type { Scheduler, World } from './scheduler.ts'

const cooldownMs = 60_000

export function roundRobin(world: World): Scheduler {
  const { clock, ledger, provider } = world
  const openAt = provider.keys.map(() => 0)
  let turn = 0

  function next(): number | undefined {
    for (let step = 0; step < openAt.length; step++) {
      const key = (turn + step) % openAt.length
      if ((openAt[key] ?? 0) > clock.now()) continue
      turn = key + 1
      return key
    }
    return undefined
  }

  function attempt(call: Call, attemptsLeft: number): void {
    const key = attemptsLeft === 0 ? undefined : next()
    if (key === undefined) return ledger.failed(call, 'no key', clock.now())
    request(world, call, key, () => {
      openAt[key] = clock.now() + cooldownMs
      attempt(call, attemptsLeft - 1)
    })
  }

  return { breathes: false, start: (call) => attempt(call, openAt.length) }
}
