/** Calls that need no provider: what the gateway can say by itself where no target understands the caller's question. */
import type { Clock } from '@keywheel/keyring'
import type { Dialect, Sketch } from '../dialects/dialect.ts'
import type { EventBus } from '../domain/events.ts'
import { RefusedCall } from '../domain/failure.ts'
import type { Operation } from '../domain/operation.ts'
import type { Call } from '../http/call.ts'
import { writeJson } from '../http/write-reply.ts'
import type { RoutePlan } from '../routing/plan.ts'

/**
 * Makes the body of the answer.
 * @param model the name at the provider that would answer a chat.
 * @param wallNow milliseconds since the Unix epoch.
 */
export type AnswerHere = (sketch: Sketch, model: string, wallNow: number) => Promise<object>

interface Planner {
  readonly planRoute: (asked: string, operation: Operation) => RoutePlan
}

/** Whether a target speaks the very dialect; counts are not translated. @throws RefusedCall where the model's name means nothing. */
export function isSpoken(model: string, { name, operation }: Dialect, { planRoute }: Planner): boolean {
  try {
    return planRoute(model, operation).targets.some(({ provider }) => provider.speaks[operation]?.some(({ dialect }) => dialect === name))
  } catch (error) {
    if (error instanceof RefusedCall && error.failure.reason === 'unsupported') return false
    throw error
  }
}

export interface Here {
  readonly sketch: Sketch
  readonly dialect: Dialect
  readonly answer: AnswerHere
}

interface HereRooms extends Planner {
  readonly clock: Clock
  readonly bus: EventBus
}

/** Answers without a row in the journal: nothing was used. */
export async function serveHere(call: Call, { sketch, dialect, answer }: Here, rooms: HereRooms): Promise<void> {
  const [target] = rooms.planRoute(sketch.model, 'chat').targets
  const body = await answer(sketch, target?.model ?? sketch.model, rooms.clock.wallNow())
  writeJson(call, 200, JSON.stringify(body), dialect.answerHeaders?.(call.id) ?? [])
  const { id, method, path, startedAt } = call
  rooms.bus.emit('call.served', { id, method, path, status: 200, totalMs: rooms.clock.now() - startedAt })
}
