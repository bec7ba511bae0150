/** The one place that knows every room and wires them. */
import { Keyring, systemChance, systemClock } from '@keywheel/keyring'
import type { Chance, Clock, KeyringEvent } from '@keywheel/keyring'
import type { Server } from 'node:http'
import { randomBytes } from 'node:crypto'
import type { Config } from './config/config.ts'
import { poolsOf } from './credentials/pools.ts'
import { dialectOfPath } from './dialects/dialect-of-path.ts'
import { dialectOf } from './dialects/list.ts'
import { EventBus } from './domain/events.ts'
import { refuse } from './domain/failure.ts'
import { nearest } from './domain/nearest.ts'
import { knownSecrets } from './domain/scrub.ts'
import type { Secret } from './domain/secret.ts'
import type { OwnRooms } from './endpoints/endpoint.ts'
import { isAsleep } from './endpoints/asleep.ts'
import { endpoints } from './endpoints/list.ts'
import { answerEndpoints } from './endpoints/answer-endpoints.ts'
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
import type { Gauges } from './observability/metrics.ts'
import type { PipelineRooms } from './pipeline/answer-call.ts'
import { Access } from './pipeline/identify.ts'
import { activateAll, isUsable } from './providers/active-provider.ts'
import type { ActiveProvider } from './providers/active-provider.ts'
import type { Provider } from './providers/provider.ts'
import { planRoute } from './routing/plan-route.ts'
import { namedRoutes, prepareRoutes } from './routing/routes.ts'
import type { NamedRoute } from './routing/routes.ts'
import { openUsage } from './storage/sqlite/open-usage.ts'
import { Attempts } from './upstream/attempt.ts'
import { Connections } from './upstream/connections.ts'
import { fetchModelList } from './upstream/fetch-list.ts'
import { Consumption } from './usage/consumption.ts'
import type { UsageJournal } from './usage/usage-journal.ts'
import { homepage, version } from './version.ts'

export interface GatewayOptions {
  readonly config: Config
  /** Calls at once; see `inFlightLimit` in main.ts. */
  readonly maxInFlight: number
  readonly logTo: LogOptions['destination']
  readonly clock?: Clock
  readonly chance?: Chance
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
  const parts = assemble({ ...options, clock, chance, bus, log, usage, connections })
  const sockets = socketsOf(parts.server)
  return {
    keyring: parts.keyring,
    log,
    listen: async () => ({ host: config.server.host, port: await listen(parts.server, config.server.host, config.server.port) }),
    close: async (graceMs = 0) => {
      await stopServing(parts.server, sockets, graceMs)
      parts.metrics.close()
      await connections.close()
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

interface Parts extends GatewayOptions {
  readonly clock: Clock
  readonly chance: Chance
  readonly bus: EventBus
  readonly log: Log
  readonly usage: UsageJournal
  readonly connections: Connections
}

interface Assembled {
  readonly server: Server
  readonly keyring: Keyring<Secret | undefined>
  readonly metrics: Metrics
}

function assemble(parts: Parts): Assembled {
  const { config, clock, chance, bus, usage } = parts
  const providers = activateAll(config.providers)
  const keyring = new Keyring({ pools: poolsOf(providers.values()), clock, chance, announce: (event) => announceKey(bus, event) })
  const models: ModelLists = modelLists(parts, providers, () => namedRoutes(routes))
  const routes = prepareRoutes({ ...config, providers, knownNames: () => models.names() })
  const metrics = new Metrics(bus, gaugesOf(parts, keyring))
  const consumption = new Consumption()
  bus.on('call.settled', ({ record }) => consumption.add(record))
  const access = new Access(config.access.proxyKeys)
  const pipeline: PipelineRooms = {
    access,
    keyring,
    attempts: new Attempts({
      connections: parts.connections,
      clock,
      userAgent: `keywheel/${version}`,
      fetchMedia: () => Promise.reject(new Error('no media yet')),
    }),
    bus,
    clock,
    chance,
    bodyLimits: { maxBodyBytes: config.server.maxBodyBytes, ...bodyPace },
    retry: config.retry,
    maxTokensLimit: config.maxTokensLimit,
    keepAliveMs: config.server.keepAliveMs,
    earlyCommitMs: config.server.earlyCommitMs,
    slowReaderMs,
    defaultModel: () => namedRoutes(routes)[0]?.name ?? models.names().next().value,
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
  }
  return { server: edgeOf(parts, pipeline, own), keyring, metrics }
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
