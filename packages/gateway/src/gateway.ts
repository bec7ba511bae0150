/** The one place that knows every room and wires them. */
import { systemChance, systemClock } from '@keywheel/keyring'
import type { Chance, Clock, Keyring } from '@keywheel/keyring'
import type { Server } from 'node:http'
import { randomBytes } from 'node:crypto'
import type { Config } from './config/config.ts'
import { KeyAffinity } from './conversations/key-affinity.ts'
import { KeptConversations } from './conversations/kept-conversations.ts'
import { ReasoningMemory } from './conversations/reasoning-memory.ts'
import { dialectOfPath } from './dialects/dialect-of-path.ts'
import { dialectOf } from './dialects/list.ts'
import { EventBus } from './domain/events.ts'
import { refuse } from './domain/failure.ts'
import { nearest } from './domain/nearest.ts'
import { knownSecrets } from './domain/scrub.ts'
import type { Secret } from './domain/secret.ts'
import type { OwnRooms } from './endpoints/endpoint.ts'
import { endpoints } from './endpoints/list.ts'
import { answerEndpoints } from './endpoints/answer-endpoints.ts'
import { noHistory } from './fleet/health/health-history.ts'
import type { HealthHistory } from './fleet/health/health-history.ts'
import { ModelLists } from './fleet/model-lists.ts'
import { readModelList } from './fleet/read-model-list.ts'
import { Cors } from './http/cors.ts'
import { RequestIds } from './http/request-ids.ts'
import { createEdge, listen } from './http/server.ts'
import { socketsOf, stopServing } from './http/stop-serving.ts'
import { slowReaderMs } from './http/write-reply.ts'
import { logEvents } from './observability/event-log.ts'
import { createLog } from './observability/log.ts'
import type { Log, LogOptions } from './observability/log.ts'
import { Metrics } from './observability/metrics.ts'
import type { PipelineRooms } from './pipeline/answer-call.ts'
import { Generations } from './pipeline/generations.ts'
import { EmbeddingBatches } from './pipeline/embedding-batches.ts'
import { Access } from './pipeline/identify.ts'
import { activateAll, isUsable } from './providers/active-provider.ts'
import type { ActiveProvider } from './providers/active-provider.ts'
import type { Provider } from './providers/provider.ts'
import { planRoute } from './routing/plan-route.ts'
import { namedRoutes } from './routing/routes.ts'
import type { NamedRoute } from './routing/routes.ts'
import { openUsageAndHealth } from './storage/sqlite/open-usage.ts'
import { SqliteResponseStore } from './storage/sqlite/sqlite-response-store.ts'
import { Attempts } from './upstream/attempt.ts'
import { Connections } from './upstream/connections.ts'
import type { ConnectionWays } from './upstream/connections.ts'
import { openMediaFetching } from './upstream/fetch-media.ts'
import type { MediaFetching } from './upstream/fetch-media.ts'
import { everywhere, publicOnly } from './upstream/public-address.ts'
import { fetchModelList } from './upstream/fetch-list.ts'
import { slowLimit } from './upstream/pace.ts'
import { Consumption } from './usage/consumption.ts'
import type { UsageJournal } from './usage/usage-journal.ts'
import { openHealth } from './open-health.ts'
import type { OpenedHealth } from './open-health.ts'
import { openKeys } from './open-keys.ts'
import type { OpenedKeys } from './open-keys.ts'
import { openRoutes } from './open-routes.ts'
import type { ModelKnowledge } from './open-routes.ts'
import { aboutCallers, factsOf, firstOf } from './own-rooms.ts'
import { homepage, version } from './version.ts'
import { gaugesOf } from './watch-keys.ts'

export interface GatewayOptions {
  readonly config: Config
  /** Calls at once; see `inFlightLimit` in main.ts. */
  readonly maxInFlight: number
  readonly logTo: LogOptions['destination']
  readonly clock?: Clock
  readonly chance?: Chance
  /** Images named by address may lie in private networks and unencrypted: for tests, and where every caller is trusted with them. */
  readonly reachesPrivateMedia?: boolean
  /** In place of sockets, the usage database and random ids: for simulations. */
  readonly simulated?: SimulatedWorld
}

interface SimulatedWorld {
  readonly ways: ConnectionWays
  readonly requestIdPrefix: string
  openUsage(ask: { readonly announce: (message: string) => void }): Promise<UsageJournal>
}

export interface Gateway {
  /** Takes the configured address; port 0 takes any. */
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** Stops taking calls, lets those under way finish within `graceMs`, then lets go of everything. */
  close(graceMs?: number): Promise<void>
  readonly keyring: Keyring<Secret | undefined>
  readonly log: Log
  /** Before it listens, a simulation hands it connections of its own. */
  readonly server: Server
}

const bodyPace = { slowBodyGraceMs: 60_000, slowestBytesPerSecond: 1024 }

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clock = systemClock, chance = systemChance } = options
  registerSecrets(config)
  const log = createLog({ levels: config.logLevels, destination: options.logTo })
  const bus = new EventBus((error, name) => log.component('gateway').write('error', { error, event: name }, 'a listener failed'))
  logEvents(bus, log)
  const { usage, history } = await openStores(options, bus)
  const connections = new Connections(options.simulated?.ways)
  const media = openMediaFetching({ ...(options.reachesPrivateMedia === true ? everywhere : publicOnly), userAgent: `keywheel/${version}` })
  const responses = responseStore(config, log)
  const parts = assemble({ ...options, clock, chance, bus, log, usage, history, connections, media, responses })
  const sockets = socketsOf(parts.server)
  return {
    keyring: parts.keys.keyring,
    log,
    server: parts.server,
    listen: async () => {
      const port = await listen(parts.server, config.server.host, config.server.port)
      parts.knowledge.start()
      parts.health.start()
      return { host: config.server.host, port }
    },
    close: async (graceMs = 0) => {
      await stopServing(parts.server, sockets, graceMs)
      parts.metrics.close()
      parts.knowledge.close()
      parts.health.close()
      await parts.keys.standings?.close()
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

/** What is kept of calls and of the health of providers. */
async function openStores({ config, simulated }: GatewayOptions, bus: EventBus): Promise<Pick<Parts, 'usage' | 'history'>> {
  const announce = (message: string): void => bus.emit('usage.failed', { message })
  if (simulated !== undefined) return { usage: await simulated.openUsage({ announce }), history: noHistory }
  const { dataDirectory, usageRetentionDays: retentionDays, health } = config
  return openUsageAndHealth({ dataDirectory, retentionDays, healthRetentionDays: health.retentionDays, announce })
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
  readonly history: HealthHistory
  readonly connections: Connections
  readonly media: MediaFetching
  readonly responses: SqliteResponseStore | undefined
}

interface Assembled {
  readonly server: Server
  readonly keys: OpenedKeys
  readonly metrics: Metrics
  readonly knowledge: ModelKnowledge
  readonly health: OpenedHealth
}

function assemble(parts: Parts): Assembled {
  const { config, clock, chance, bus, usage } = parts
  const providers = activateAll(config.providers)
  const keys = openKeys(parts, providers)
  const { keyring, standings } = keys
  const health = openHealth(parts, providers, keyring)
  const models: ModelLists = modelLists(parts, providers, () => namedRoutes(routes))
  const { routes, knowledge } = openRoutes(parts, { ...config, providers, knownNames: () => models.names() })
  const metrics = new Metrics(bus, { ...gaugesOf(parts, keyring), providerStatuses: () => health.health.statuses() })
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
    ...timesOf(clock),
    keyring,
    models,
    consumption,
    nearestNames: (id) => nearest(id, [...namedRoutes(routes).map(({ name }) => name), ...models.names()], 3),
    providers: [...providers.values()].map(factsOf),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.render() }),
    health: health.health,
    testKey: health.testKey,
    standings: standings && (() => standings.writeAndReadBack()),
    ...aboutCallers(pipeline, parts.responses, knowledge.facts),
  }
  return { server: edgeOf(parts, pipeline, own), keys, metrics, knowledge, health }
}

function timesOf(clock: Clock): Pick<OwnRooms, 'startedAt' | 'now' | 'wallNow'> {
  return { startedAt: clock.now(), now: () => clock.now(), wallNow: () => clock.wallNow() }
}

function attemptsOf({ connections, clock, media, config: { streams } }: Parts): Attempts {
  const slowest = slowLimit(streams.slowestTokensPerSecond, streams.slowForMs)
  return new Attempts({ connections, clock, userAgent: `keywheel/${version}`, fetchMedia: media.fetch, slowest })
}

type Limits = Pick<
  PipelineRooms,
  'bodyLimits' | 'retry' | 'maxTokensLimit' | 'overridesTemperatureZero' | 'keepAliveMs' | 'earlyCommitMs' | 'cutStreams' | 'batches'
>

/** What the owner has set. */
function limitsOf({ config, clock }: Parts): Limits {
  const { server, retry, streams, maxTokensLimit, embeddingBatch } = config
  return {
    bodyLimits: { maxBodyBytes: server.maxBodyBytes, ...bodyPace },
    retry,
    maxTokensLimit,
    overridesTemperatureZero: config.overridesTemperatureZero,
    keepAliveMs: server.keepAliveMs,
    earlyCommitMs: server.earlyCommitMs,
    cutStreams: streams,
    ...(embeddingBatch !== undefined && { batches: new EmbeddingBatches(embeddingBatch, clock) }),
  }
}

function edgeOf({ config, clock, bus, maxInFlight, simulated }: Parts, pipeline: PipelineRooms, own: OwnRooms): Server {
  const answer = answerEndpoints(endpoints, pipeline, own)
  return createEdge({
    cors: new Cors(config.server.corsOrigins),
    ids: new RequestIds(simulated?.requestIdPrefix ?? randomBytes(5).toString('hex')),
    clock,
    maxInFlight,
    writeRefusal: (path, { reason, status, message, code }) =>
      dialectOf(dialectOfPath(path)).writeFailure(refuse(reason, message, { status, code }), '').body,
    onCall: answer,
    onRefused: (call, status) =>
      bus.emit('call.served', { id: call.id, method: call.method, path: call.path, status, totalMs: clock.now() - call.startedAt }),
  })
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
