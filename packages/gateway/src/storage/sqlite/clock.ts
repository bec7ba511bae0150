/** The storage threads' own clock: taking the keyring's would load the whole keyring a second time, on that thread. */
import type { Clock } from '@keywheel/keyring'

export const writerClock: Pick<Clock, 'now' | 'wallNow'> = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
}

/**
 * The time of day by which rows are judged too old. It goes no faster than time passes: a clock that is set forward by mistake while the
 * process runs must not delete what nobody can bring back. After a start the clock is believed again.
 */
export function cautiousWall(clock: Pick<Clock, 'now' | 'wallNow'>): () => number {
  const offsetMs = clock.wallNow() - clock.now()
  return () => Math.min(clock.wallNow(), clock.now() + offsetMs)
}
