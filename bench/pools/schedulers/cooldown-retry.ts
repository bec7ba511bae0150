/** As LiteLLM's router does it: a key by chance, 5 s of cooldown for whichever failed, three retries with a growing pause where none is left. */
import { seededChance } from '../chance.ts'
import type { Call } from '../calls.ts'
import { request } from './scheduler.ts'
import type { Scheduler, World } from './scheduler.ts'

const cooldownMs = 5000
const retries = 3
const firstPauseMs = 500
const longestPauseMs = 8000

export function cooldownRetry(world: World): Scheduler {
  const { clock, ledger, provider, seed } = world
  const chance = seededChance(seed, 'cooldown-retry')
  const openAt = provider.keys.map(() => 0)

  function next(): number | undefined {
    const open = [...openAt.keys()].filter((key) => (openAt[key] ?? 0) <= clock.now())
    return open[Math.floor(chance() * open.length)]
  }

  function attempt(call: Call, retry: number): void {
    const key = next()
    if (key === undefined) return again(call, retry, Math.min(firstPauseMs * 2 ** retry, longestPauseMs))
    request(world, call, key, () => {
      openAt[key] = clock.now() + cooldownMs
      again(call, retry, 0)
    })
  }

  function again(call: Call, retry: number, pauseMs: number): void {
    if (retry >= retries) return ledger.failed(call, 'no retry left', clock.now())
    clock.after(pauseMs, () => attempt(call, retry + 1))
  }

  return { breathes: false, start: (call) => attempt(call, 0) }
}
