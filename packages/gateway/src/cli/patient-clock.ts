/**
 * A clock whose timers do not take the gateway's own delay for somebody else's. Where the event loop stood still, timers come before what has
 * arrived meanwhile: streams would be given up as stalled whose bytes lie in the socket. A timer that is late runs behind what has arrived,
 * which then has moved the time stamp that it looks at, or has cancelled it.
 */
import type { Clock } from '@keywheel/keyring'

/** Later than this by the loop's own fault, and no more by chance. */
const lateMs = 100

export function patientClock(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    after(delayMs, run) {
      const dueAt = clock.now() + Math.max(delayMs, 0)
      let late: NodeJS.Immediate | undefined
      const timer = clock.after(delayMs, () => {
        if (clock.now() - dueAt < lateMs) run()
        // Node's loop reads from sockets between its timers and its immediates.
        else late = setImmediate(run)
      })
      return {
        cancel: () => {
          timer.cancel()
          clearImmediate(late)
        },
      }
    },
  }
}
