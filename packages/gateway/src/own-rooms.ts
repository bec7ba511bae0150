/** Wires what endpoints of the gateway's own need of the other rooms. */
import type { ResponseStore } from './conversations/response-store.ts'
import { RefusedCall } from './domain/failure.ts'
import type { OwnRooms } from './endpoints/endpoint.ts'
import type { ModelFacts } from './fleet/model-facts.ts'
import type { ModelLists } from './fleet/model-lists.ts'
import { readBody } from './http/read-body.ts'
import type { PipelineRooms } from './pipeline/answer-call.ts'
import { keysInAddress } from './pipeline/identify.ts'
import type { ActiveProvider } from './providers/active-provider.ts'
import type { RoutePlan } from './routing/plan.ts'

type AboutCallers = Pick<OwnRooms, 'facts' | 'responses' | 'generations' | 'defaultModel' | 'contextTokens' | 'callerOf' | 'readBody'>

/** What they need of the pipeline. */
export function aboutCallers(pipeline: PipelineRooms, responses: ResponseStore | undefined, facts: ModelFacts): AboutCallers {
  const { generations, defaultModel, planRoute: plan, access, bodyLimits, clock } = pipeline
  return {
    facts,
    responses,
    generations,
    defaultModel,
    contextTokens: (model) => smallestWindow(() => plan(model, 'chat')),
    callerOf: (call) => access.identify(call.request.headers, keysInAddress(call)).id,
    readBody: (call) => readBody(call, bodyLimits, clock),
  }
}

/** A model may be listed that cannot be asked just now; then nobody knows. */
function smallestWindow(plan: () => RoutePlan): number | undefined {
  try {
    const smallest = Math.min(...plan().targets.map(({ known }) => known?.contextTokens ?? Infinity))
    return Number.isFinite(smallest) ? smallest : undefined
  } catch (error) {
    if (error instanceof RefusedCall) return undefined
    throw error
  }
}

/** Where no list has come yet, it is asked for, so that the next caller finds one. */
export function firstOf(models: ModelLists): string | undefined {
  const first = models.names().next().value
  if (first === undefined) void models.list(0)
  return first
}

export function factsOf({ provider, settings }: ActiveProvider): OwnRooms['providers'][number] {
  return {
    name: provider.name,
    title: provider.title,
    baseUrl: provider.baseUrl,
    keys: settings.keys.length,
    rotation: settings.pool.rotation,
  }
}
