/** The writer thread's own clock: taking the keyring's would load the whole keyring a second time, on that thread. */
import type { Clock } from '@keywheel/keyring'

export const writerClock: Pick<Clock, 'now' | 'wallNow'> = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
}
