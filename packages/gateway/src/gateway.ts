/** The one place that knows every room and wires them. */
import { Keyring, systemChance, systemClock } from '@keywheel/keyring'
import type { Chance, Clock, KeyringEvent } from '@keywheel/keyring'
import type { Server } from 'node:http'
import { randomBytes } from 'node:crypto'
import type { Config } from './config/config.ts'
import { KeyAffinity } from './conversations/key-affinity.ts'
import { KeptConversations } from './conversations/kept-conversations.ts'
import { ReasoningMemory } from './conversations/reasoning-memory.ts'
import { poolsOf } from './credentials/pools.ts'
import { dialectOfPath } from './dialects/dialect-of-path.ts'
import { dialectOf } from './dialects/list.ts'
import { EventBus } from './domain/events.ts'
import { RefusedCall, refuse } from './domain/failure.ts'
import { nearest } from './domain/nearest.ts'
import { knownSecrets } from './domain/scrub.ts'
import type { Secret } from './domain/secret.ts'
import type { OwnRooms } from './endpoints/endpoint.ts'
import { isAsleep } from './endpoints/asleep.ts'
import { endpoints } from './endpoints/list.ts'
import { answerEndpoints } from './endpoints/answer-endpoints.ts'
import type { ModelFacts } from './fleet/model-facts.ts'
import { ModelLists } from './fleet/model-lists.ts'
import { readModelList } from './fleet/read-model-list.ts'
import { Cors } from './http/cors.ts'
import { readBody } from './http/read-body.ts'
import { RequestIds } from './http/request-ids.ts'
import { createEdge, listen } from './http/server.ts'
import { socketsOf, stopServing } from './http/stop-serving.ts'
import { slowReaderMs } from './http/write-reply.ts'
import { logEvents } from './observability/event-log.ts'
import { createLog } from './observability/log.ts'
import type { Log, LogOptions } from './observability/log.ts'
import { Metrics } from './observability/metrics.ts'
import type { Gauges } from './observability/metrics.ts'
import type { PipelineRooms } from './pipeline/answer-call.ts'
import { Generations } from './pipeline/generations.ts'
import { EmbeddingBatches } from './pipeline/embedding-batches.ts'
import { Access, keysInAddress } from './pipeline/identify.ts'
import { activateAll, isUsable } from './providers/active-provider.ts'
import type { ActiveProvider } from './providers/active-provider.ts'
import type { Provider } from './providers/provider.ts'
import type { RoutePlan } from './routing/plan.ts'
import { planRoute } from './routing/plan-route.ts'
import { namedRoutes } from './routing/routes.ts'
import type { NamedRoute } from './routing/routes.ts'
import { openUsage } from './storage/sqlite/open-usage.ts'
import { SqliteResponseStore } from './storage/sqlite/sqlite-response-store.ts'
import { Attempts } from './upstream/attempt.ts'
import { Connections } from './upstream/connections.ts'
import { openMediaFetching } from './upstream/fetch-media.ts'
import type { MediaFetching } from './upstream/fetch-media.ts'
import { everywhere, publicOnly } from './upstream/public-address.ts'
import { fetchModelList } from './upstream/fetch-list.ts'
import { Consumption } from './usage/consumption.ts'
import type { UsageJournal } from './usage/usage-journal.ts'
import { openRoutes } from './open-routes.ts'
import type { ModelKnowledge } from './open-routes.ts'
import { homepage, version } from './version.ts'

export interface GatewayOptions {
  readonly config: Config
  /** Calls at once; see `inFlightLimit` in main.ts. */
  readonly maxInFlight: number
  readonly logTo: LogOptions['destination']
  readonly clock?: Clock
  readonly chance?: Chance
  /** Images named by address may lie in private networks and unencrypted: for tests, and where every caller is trusted with them. */
  readonly reachesPrivateMedia?: boolean
}

export interface Gateway {
  /** Takes the configured address; port 0 takes any. */
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** Stops taking calls, lets those under way finish within `graceMs`, then lets go of everything. */
  close(graceMs?: number): Promise<void>
  readonly keyring: Keyring<Secret | undefined>
  readonly log: Log
}

const bodyPace = { slowBodyGraceMs: 60_000, slowestBytesPerSecond: 1024 }

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clock = systemClock, chance = systemChance } = options
  registerSecrets(config)
  const log = createLog({ levels: config.logLevels, destination: options.logTo })
  const bus = new EventBus((error, name) => log.component('gateway').write('error', { error, event: name }, 'a listener failed'))
  logEvents(bus, log)
  const usage = await openUsage({
    dataDirectory: config.dataDirectory,
    retentionDays: config.usageRetentionDays,
    announce: (message) => bus.emit('usage.failed', { message }),
  })
  const connections = new Connections()
  const media = openMediaFetching({ ...(options.reachesPrivateMedia === true ? everywhere : publicOnly), userAgent: `keywheel/${version}` })
  const responses = responseStore(config, log)
  const parts = assemble({ ...options, clock, chance, bus, log, usage, connections, media, responses })
  const sockets = socketsOf(parts.server)
  return {
    keyring: parts.keyring,
    log,
    listen: async () => {
      const port = await listen(parts.server, config.server.host, config.server.port)
      parts.knowledge.start()
      return { host: config.server.host, port }
    },
    close: async (graceMs = 0) => {
      await stopServing(parts.server, sockets, graceMs)
      parts.metrics.close()
      parts.knowledge.close()
      await connections.close()
      await media.close()
      await responses?.close()
      await usage.close()
      await log.close()
    },
  }
}

/** So that no log line repeats one, wherever it came from. */
function registerSecrets({ access, providers }: Config): void {
  for (const key of access.proxyKeys) knownSecrets.add(key)
  for (const { keys } of providers) for (const { secret } of keys) knownSecrets.add(secret)
}

/** undefined: the owner wants nothing kept. */
function responseStore({ dataDirectory, responsesRetentionDays: retentionDays }: Config, log: Log): SqliteResponseStore | undefined {
  if (retentionDays === 0) return undefined
  const announce = (message: string): void => log.component('gateway').write('error', { error: message }, 'an answer could not be kept')
  return new SqliteResponseStore({ dataDirectory, retentionDays, announce })
}

interface Parts extends GatewayOptions {
  readonly clock: Clock
  readonly chance: Chance
  readonly bus: EventBus
  readonly log: Log
  readonly usage: UsageJournal
  readonly connections: Connections
  readonly media: MediaFetching
  readonly responses: SqliteResponseStore | undefined
}

interface Assembled {
  readonly server: Server
  readonly keyring: Keyring<Secret | undefined>
  readonly metrics: Metrics
  readonly knowledge: ModelKnowledge
}

function assemble(parts: Parts): Assembled {
  const { config, clock, chance, bus, usage } = parts
  const providers = activateAll(config.providers)
  const keyring = new Keyring({ pools: poolsOf(providers.values()), clock, chance, announce: (event) => announceKey(bus, event) })
  const models: ModelLists = modelLists(parts, providers, () => namedRoutes(routes))
  const { routes, knowledge } = openRoutes(parts, { ...config, providers, knownNames: () => models.names() })
  const metrics = new Metrics(bus, gaugesOf(parts, keyring))
  const consumption = new Consumption()
  bus.on('call.settled', ({ record }) => consumption.add(record))
  const access = new Access(config.access.proxyKeys)
  const reasoning = new ReasoningMemory(clock)
  const pipeline: PipelineRooms = {
    access,
    keyring,
    attempts: attemptsOf(parts),
    bus,
    clock,
    chance,
    ...limitsOf(parts),
    slowReaderMs,
    memoryFor: (caller) => reasoning.for(caller),
    conversations: new KeptConversations({ store: parts.responses, affinity: new KeyAffinity(), wallNow: () => clock.wallNow() }),
    generations: new Generations(),
    defaultModel: () => namedRoutes(routes)[0]?.name ?? firstOf(models),
    planRoute: (asked, operation) => planRoute(routes, asked, operation),
    openRecord: (opening) => usage.opened(opening),
    closeRecord: (settled) => usage.settled(settled),
    onBug: (error, callId) => parts.log.component('gateway').write('error', { error, id: callId }, 'an exception that nobody expected'),
  }
  const own: OwnRooms = {
    version,
    homepage,
    isOpen: access.isOpen,
    startedAt: clock.now(),
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    keyring,
    models,
    consumption,
    nearestNames: (id) => nearest(id, [...namedRoutes(routes).map(({ name }) => name), ...models.names()], 3),
    providers: [...providers.values()].map(factsOf),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.render() }),
    ...aboutCallers(pipeline, parts, knowledge.facts),
  }
  return { server: edgeOf(parts, pipeline, own), keyring, metrics, knowledge }
}

function attemptsOf({ connections, clock, media }: Parts): Attempts {
  return new Attempts({ connections, clock, userAgent: `keywheel/${version}`, fetchMedia: media.fetch })
}

type AboutCallers = Pick<OwnRooms, 'facts' | 'responses' | 'generations' | 'defaultModel' | 'contextTokens' | 'callerOf' | 'readBody'>

/** What endpoints of the gateway's own need of the pipeline. */
function aboutCallers(pipeline: PipelineRooms, { responses }: Parts, facts: ModelFacts): AboutCallers {
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
function firstOf(models: ModelLists): string | undefined {
  const first = models.names().next().value
  if (first === undefined) void models.list(0)
  return first
}

type Limits = Pick<PipelineRooms, 'bodyLimits' | 'retry' | 'maxTokensLimit' | 'keepAliveMs' | 'earlyCommitMs' | 'batches'>

/** What the owner has set. */
function limitsOf({ config, clock }: Parts): Limits {
  const { server, retry, maxTokensLimit, embeddingBatch } = config
  return {
    bodyLimits: { maxBodyBytes: server.maxBodyBytes, ...bodyPace },
    retry,
    maxTokensLimit,
    keepAliveMs: server.keepAliveMs,
    earlyCommitMs: server.earlyCommitMs,
    ...(embeddingBatch !== undefined && { batches: new EmbeddingBatches(embeddingBatch, clock) }),
  }
}

function edgeOf({ config, clock, bus, maxInFlight }: Parts, pipeline: PipelineRooms, own: OwnRooms): Server {
  const answer = answerEndpoints(endpoints, pipeline, own)
  return createEdge({
    cors: new Cors(config.server.corsOrigins),
    ids: new RequestIds(randomBytes(5).toString('hex')),
    clock,
    maxInFlight,
    writeRefusal: (path, { status, message, code }) =>
      dialectOf(dialectOfPath(path)).writeFailure(refuse('bad-request', message, { status, code }), '').body,
    onCall: answer,
    onRefused: (call, status) =>
      bus.emit('call.served', { id: call.id, method: call.method, path: call.path, status, totalMs: clock.now() - call.startedAt }),
  })
}

function factsOf({ provider, settings }: ActiveProvider): OwnRooms['providers'][number] {
  return {
    name: provider.name,
    title: provider.title,
    baseUrl: provider.baseUrl,
    keys: settings.keys.length,
    rotation: settings.rotation,
  }
}

function modelLists(
  { bus, clock, connections }: Parts,
  providers: ReadonlyMap<string, ActiveProvider>,
  routes: () => readonly NamedRoute[],
): ModelLists {
  const keysFor = (provider: Provider): readonly (Secret | undefined)[] => {
    const keys = providers.get(provider.name)?.settings.keys.map((key) => key.secret) ?? []
    return keys.length === 0 ? [undefined] : keys
  }
  return new ModelLists({
    providers: [...providers.values()].filter(isUsable),
    clock,
    announce: (name, event) => bus.emit(name, event),
    routes,
    fetchList: async (provider) => {
      const list = readModelList(await fetchModelList(provider, keysFor, connections))
      if (list === undefined) throw new Error(`${provider.title} answered with something that is no list of models.`)
      return list
    },
  })
}

function announceKey(bus: EventBus, event: KeyringEvent): void {
  const { pool: provider } = event
  switch (event.is) {
    case 'key.rested':
      return bus.emit(event.is, { ...event, provider })
    case 'key.returned':
      return bus.emit(event.is, { ...event, provider })
    case 'target.rested':
      return bus.emit(event.is, { ...event, provider })
    case 'target.returned':
      return bus.emit(event.is, { ...event, provider })
  }
}

function gaugesOf({ usage, log, clock }: Parts, keyring: Keyring<Secret | undefined>): Gauges {
  return {
    inFlight: () => keyring.inFlight,
    keyStates: () => countStates(keyring, clock.now()),
    usageBacklog: () => usage.backlog,
    usageDropped: () => usage.dropped,
    logDropped: () => log.dropped,
  }
}

function countStates(keyring: Keyring<Secret | undefined>, now: number): { provider: string; state: string; count: number }[] {
  const counts: { provider: string; state: string; count: number }[] = []
  for (const { name, keys } of keyring.snapshot()) {
    const resting = keys.filter((key) => isAsleep(key.state, now)).length
    const probing = keys.filter((key) => key.state.is === 'probing').length
    counts.push({ provider: name, state: 'ready', count: keys.length - resting - probing })
    counts.push({ provider: name, state: 'resting', count: resting }, { provider: name, state: 'probing', count: probing })
  }
  return counts
}
