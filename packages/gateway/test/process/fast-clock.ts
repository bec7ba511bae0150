/** A clock that runs faster than time does, so that rests of many seconds end within a test. */
import type { Clock } from '@keywheel/keyring'

export function fastClock(times: number): Clock {
  const startedAt = performance.now()
  const wallStart = Date.now()
  const passed = (): number => (performance.now() - startedAt) * times
  return {
    now: passed,
    wallNow: () => wallStart + passed(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs / times)
      return { cancel: () => clearTimeout(timer) }
    },
  }
}
