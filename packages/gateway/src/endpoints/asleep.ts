/** Whether a key or one of its models cannot be used at this moment. */
import type { KeyState } from '@keywheel/keyring'

/** A rest that is over only waits for the call that tests it: to people that is no rest, and on a quiet day it would stay for hours. */
export function isAsleep(state: KeyState, now: number): boolean {
  switch (state.is) {
    case 'disabled':
      return true
    case 'resting':
    case 'dead':
    case 'exhausted':
      return state.until > now
    case 'ready':
    case 'probing':
      return false
  }
}
