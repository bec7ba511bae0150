/** All schedulers by name. */
import { cooldownRetry } from './cooldown-retry.ts'
import { keywheel } from './keywheel.ts'
import { omniscient } from './omniscient.ts'
import { roundRobin } from './round-robin.ts'
import type { Scheduler, SchedulerName, World } from './scheduler.ts'

export const schedulers: Readonly<Record<SchedulerName, (world: World) => Scheduler>> = {
  keywheel,
  omniscient,
  'round-robin': roundRobin,
  'cooldown-retry': cooldownRetry,
}
