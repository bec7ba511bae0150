/** One start of the real gateway in a simulated world, until it is closed or killed. */
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ManualClock } from '@keywheel/keyring'
import { openGateway } from '../../src/gateway.ts'
import type { Gateway } from '../../src/gateway.ts'
import { Dice } from './dice.ts'
import { LifeClock } from './life-clock.ts'
import type { LineSeen } from './history.ts'
import type { Scenario } from './scenario.ts'
import { configFor } from './settings.ts'
import type { SimulatedStore } from './store.ts'
import { waysTo } from './transport.ts'
import type { Providers } from './transport.ts'

export interface LifeOptions {
  readonly number: number
  readonly scenario: Scenario
  readonly clock: ManualClock
  readonly dataDirectory: string
  readonly store: SimulatedStore
  readonly providers: Providers
  /** Told of each line of the gateway's log. */
  readonly onLine: (line: LineSeen) => void
  /** Told of the id that a request was given. */
  readonly onRequest: (socket: Duplex, requestId: string) => void
}

export interface Life {
  readonly number: number
  readonly clock: LifeClock
  readonly gateway: Gateway
  /** Timers of the gateway before its first call. */
  readonly timersAtStart: number
  connect(socket: Duplex): void
}

export async function openLife(options: LifeOptions): Promise<Life> {
  const { number, scenario, store } = options
  const clock = new LifeClock(options.clock)
  const requestIdPrefix = `life${number}x`
  const gateway = await openGateway({
    config: configFor(scenario, options.dataDirectory),
    maxInFlight: 10_000,
    logTo: { write: (line) => hearLine(line, clock, options) },
    clock,
    chance: new Dice(scenario.seed, `gateway ${number}`).next,
    simulated: {
      ways: waysTo(options.providers, clock),
      requestIdPrefix,
      openUsage: async ({ announce }) => store.open(clock, announce),
    },
  })
  countRequests(gateway.server, requestIdPrefix, options.onRequest)
  const connect = (socket: Duplex): void => void gateway.server.emit('connection', socket)
  return { number, clock, gateway, timersAtStart: clock.timers, connect }
}

/** The time of day in a line is the real one. */
function hearLine(line: string, clock: LifeClock, { number, onLine }: LifeOptions): void {
  if (!clock.isAlive) return
  const { time: _time, ...fields }: Record<string, unknown> = JSON.parse(line)
  onLine({ at: clock.now(), life: number, fields })
}

/** A reply's `date` is the real one too, and a caller that leaves early never learns the id of its request. */
function countRequests(server: Server, prefix: string, onRequest: LifeOptions['onRequest']): void {
  let count = 0
  server.prependListener('request', (request, response) => {
    response.sendDate = false
    count += 1
    onRequest(request.socket, `req_${prefix}${count.toString(36).padStart(6, '0')}`)
  })
}
