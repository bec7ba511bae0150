/** A route's plan for one call: what the call will use of its key's limits, about, and which conversation it belongs to. */
import type { Sketch } from '../dialects/dialect.ts'
import type { RoutePlan } from '../routing/plan.ts'
import { roughTokens } from './rough-tokens.ts'
import { sessionOf } from './session-of.ts'
import type { SessionAsk } from './session-of.ts'

export function planForCall(plan: RoutePlan, ask: SessionAsk & { readonly sketch: Sketch }): RoutePlan {
  const tokens = roughTokens(ask.sketch, ask.operation)
  const session = sessionOf(ask)
  const { stream } = ask.sketch
  return {
    ...plan,
    // How soon a stream begins tells of the provider's load; a whole answer's time is its length.
    isPaced: stream,
    // A stream that lost would have been begun, and paid for, in vain.
    mayHedge: !stream,
    ...(tokens !== undefined && { roughTokens: tokens }),
    ...(session !== undefined && { session }),
  }
}
