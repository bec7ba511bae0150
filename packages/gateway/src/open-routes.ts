/** Wires the routes and what is known of models: the data that ship, what routing and callers are told, and how they stay up to date. */
import { join } from 'node:path'
import type { Clock } from '@keywheel/keyring'
import type { Config } from './config/config.ts'
import { RefusedCall } from './domain/failure.ts'
import { ModelFacts } from './fleet/model-facts.ts'
import { ModelDataRefresh, newestSnapshot } from './fleet/refresh-model-data.ts'
import { ModelData, shippedSnapshot } from './providers/model-data/model-data.ts'
import type { Snapshot } from './providers/model-data/snapshot.ts'
import type { RoutePlan } from './routing/plan.ts'
import { planRoute } from './routing/plan-route.ts'
import { prepareRoutes } from './routing/routes.ts'
import type { RouteParts, Routes } from './routing/routes.ts'
import type { Connections } from './upstream/connections.ts'
import { fetchModelData } from './upstream/fetch-model-data.ts'

export interface ModelKnowledge {
  readonly facts: ModelFacts
  /** Asks for newer data now and then, if the owner allows it. */
  start(): void
  close(): void
}

interface Parts {
  readonly config: Config
  readonly clock: Clock
  readonly connections: Connections
  /** As much of the log as is needed here. */
  readonly log: { component(name: string): { write(level: 'info' | 'warn', fields: Record<string, unknown>, message: string): void } }
}

export function openRoutes(
  parts: Parts,
  given: Omit<RouteParts, 'knownModel'>,
): { readonly routes: Routes; readonly knowledge: ModelKnowledge } {
  const { config } = parts
  const file = join(config.dataDirectory, 'models.jsonl')
  const data = new ModelData(config.modelData.refresh ? () => newestSnapshot(file) : shippedSnapshot)
  const routes = prepareRoutes({ ...given, knownModel: (provider, model) => data.known(provider, model) })
  const facts = new ModelFacts({ data, targetsOf: (name) => targetsOf(() => planRoute(routes, name, 'chat')) })
  const refresh = openRefresh(parts, file, (snapshot) => {
    data.replace(snapshot)
    facts.forget()
    routes.plans.clear()
  })
  const start = (): void => {
    if (config.modelData.refresh) void refresh.start()
  }
  return { routes, knowledge: { facts, start, close: () => refresh.close() } }
}

function openRefresh({ config, clock, connections, log }: Parts, file: string, onNew: (snapshot: Snapshot) => void): ModelDataRefresh {
  return new ModelDataRefresh({
    file,
    clock,
    fetchData: (etag) => fetchModelData(config.modelData.url, etag, connections),
    onNew,
    tell: (level, message) => log.component('models').write(level, { event: 'model-data' }, message),
  })
}

function targetsOf(plan: () => RoutePlan): RoutePlan['targets'] {
  try {
    return plan().targets
  } catch (error) {
    if (error instanceof RefusedCall) return []
    throw error
  }
}
