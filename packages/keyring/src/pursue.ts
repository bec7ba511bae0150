/** Tries targets and keys until one commits, as each failure's remedy says. The only candidate loop. */
import type { PursueTools } from './limits.ts'
import type { Plan, Target } from './pool.ts'
import { Pursuit } from './pursuit.ts'
import type { AttemptAsk, Outcome, Pursued } from './pursued.ts'

/**
 * Settles with the first answer that begins, or with the reason why none does, within the plan's deadline.
 * An attempt that is cut off by the deadline or by its caller loses its slot at once; what it still answers is dropped.
 * Rejects only if `attempt` or a hook throws, which is a bug of theirs.
 */
export async function pursue<T extends Target, C, A>(
  plan: Plan<T>,
  attempt: (ask: AttemptAsk<T, C>) => Promise<Outcome<A>>,
  tools: PursueTools<T, C>,
): Promise<Pursued<T, C, A>> {
  const pursuit = new Pursuit(plan, attempt, tools)
  for (;;) {
    const turn = pursuit.takeTurn() ?? (await pursuit.waitForTurn())
    if (turn === undefined) return pursuit.giveUp()
    const ended = await pursuit.play(turn)
    if (ended !== undefined) return ended
  }
}
