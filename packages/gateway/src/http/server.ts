/** The HTTP edge: node:http with every limit set, and what must be refused before any route is looked at. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock, FailureReason } from '@keywheel/keyring'
import type { Call } from './call.ts'
import { canonicalTarget } from './canonical-path.ts'
import type { Cors } from './cors.ts'
import { Crowd } from './crowd.ts'
import { codeOf, originIn, refuseRaw } from './raw-refusal.ts'
import type { RequestIds } from './request-ids.ts'
import { stoppingOf } from './stopping.ts'
import type { Stopping } from './stopping.ts'
import { faultOf } from './unsafe-request.ts'
import { writeAndClose } from './write-reply.ts'

/** Milliseconds and bytes; Node's own defaults in brackets where they differ. */
interface EdgeLimits {
  /** Slow headers are cut (60 s). */
  readonly headersTimeoutMs: number
  /** A backstop over the whole request; the pace of a body is watched by read-body.ts (300 s). */
  readonly requestTimeoutMs: number
  /** Longer than the pools of load balancers in front, which would otherwise meet a closing socket (5 s). */
  readonly keepAliveTimeoutMs: number
  /** How often the first two timeouts are looked at (30 s). */
  readonly checkingIntervalMs: number
  readonly maxHeaderBytes: number
  readonly maxHeaders: number
}

const usualLimits: EdgeLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 900_000,
  keepAliveTimeoutMs: 75_000,
  checkingIntervalMs: 1000,
  maxHeaderBytes: 16_384,
  maxHeaders: 200,
}

export interface EdgeOptions {
  readonly cors: Cors
  readonly ids: RequestIds
  readonly clock: Clock
  /** Calls at once; more are refused early with a 503. */
  readonly maxInFlight: number
  /** Writes a refusal in the dialect that the path suggests. */
  readonly writeRefusal: (path: string, refusal: EdgeRefusal) => Buffer
  readonly onCall: (call: Call) => void
  readonly onRefused: (request: RefusedRequest, status: number) => void
  /** In place of the usual ones. */
  readonly limits?: Partial<EdgeLimits>
}

/** What is known of a refused request; of one that could not be parsed, method and path are `-`. */
type RefusedRequest = Pick<Call, 'id' | 'method' | 'path' | 'startedAt'>

/** A refusal before any route: what is wrong with the request as such. */
interface EdgeRefusal {
  readonly reason: FailureReason
  readonly status: number
  readonly message: string
  readonly code: string
}

/** A server that does not listen yet. */
export function createEdge(options: EdgeOptions): Server {
  const server = serverWith({ ...usualLimits, ...options.limits })
  const crowd = new Crowd(server, options.maxInFlight + spareConnections(options.maxInFlight))
  const stopping = stoppingOf(server)
  const open = new Set<Call>()
  const take = (request: IncomingMessage, response: ServerResponse, expects: Expectation): void => {
    const arrival = arrive({ request, response, expects, stopping }, options)
    const { call } = arrival
    const { socket } = request
    open.add(call)
    stopping.owe(response)
    crowd.hears(socket)
    response.once('close', () => {
      open.delete(call)
      crowd.heard(socket)
      if (!request.complete && !request.destroyed) cutUnwantedBody(call, options)
    })
    receive(arrival, open.size > options.maxInFlight, options)
  }
  server.on('request', (request, response) => take(request, response, 'nothing'))
  server.on('checkContinue', (request, response) => take(request, response, 'continue'))
  server.on('checkExpectation', (request, response) => take(request, response, 'something else'))
  server.on('clientError', (error, socket) => refuseUnparsed(error, socket, open, options))
  server.on('connect', (request, socket) => {
    // Node has taken its own listener off: without one a reset would end the process.
    socket.on('error', () => socket.destroy())
    refuseWithoutCall({ code: 'NO_TUNNELS', origin: request.headers.origin, method: 'CONNECT' }, socket, options)
  })
  return server
}

/** Room above the calls, for health checks and for saying "busy" instead of closing; within what main.ts leaves of the descriptors. */
function spareConnections(maxInFlight: number): number {
  return Math.max(16, Math.min(256, Math.floor(maxInFlight * 0.4)))
}

/** How long a body that nobody wanted may still come behind its answer. */
const unwantedBodyMs = 2000

/** Node would read and throw away the rest of a refused upload however long it is; a caller without a key could keep us at it. */
function cutUnwantedBody({ request }: Call, { clock }: EdgeOptions): void {
  const timer = clock.after(unwantedBodyMs, () => request.socket.destroy())
  request.once('close', () => timer.cancel())
}

function serverWith(limits: EdgeLimits): Server {
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkingIntervalMs,
    maxHeaderSize: limits.maxHeaderBytes,
    insecureHTTPParser: false,
    // Looked at in unsafe-request.ts: Node's own refusal has no body, no request id and no CORS headers.
    requireHostHeader: false,
    noDelay: true,
  })
  server.maxHeadersCount = limits.maxHeaders
  server.timeout = 0
  server.maxRequestsPerSocket = 0
  return server
}

/** What the Expect header asks for; only `100-continue` is known (RFC 9110 10.1.1). */
type Expectation = 'nothing' | 'continue' | 'something else'

interface Arrival {
  readonly call: Call
  readonly expects: Expectation
  /** What is wrong with the request target. */
  readonly badTarget: string | undefined
}

interface Arriving {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly expects: Expectation
  readonly stopping: Stopping
}

function arrive({ request, response, expects, stopping }: Arriving, { ids, cors, clock }: EdgeOptions): Arrival {
  const target = canonicalTarget(request.url ?? '')
  const id = ids.next()
  const call: Call = {
    id,
    method: request.method ?? 'GET',
    path: 'path' in target ? target.path : '/',
    query: 'query' in target ? target.query : '',
    startedAt: clock.now(),
    request,
    response,
    headers: ['x-request-id', id, ...cors.headers(request.headers.origin)],
    expectsContinue: expects === 'continue',
    stopping,
  }
  return { call, expects, badTarget: 'refused' in target ? target.refused : undefined }
}

function receive(arrival: Arrival, isBusy: boolean, options: EdgeOptions): void {
  const { call } = arrival
  const refusal = refusalOf(arrival, isBusy)
  if (refusal !== undefined) return refuseEarly(call, refusal, options)
  try {
    if (call.method === 'OPTIONS') answerOptions(call, options)
    else options.onCall(call)
  } catch (error) {
    // A bug. This caller is told; what it was is for whoever hears of exceptions that nobody caught.
    refuseEarly(
      call,
      { reason: 'upstream-broken', status: 500, message: 'Something went wrong inside the gateway.', code: 'internal_error' },
      options,
    )
    throw error
  }
}

function refuseEarly(call: Call, refusal: EdgeRefusal, { writeRefusal, onRefused }: EdgeOptions): void {
  const retry = refusal.status === 503 ? ['retry-after', '1'] : []
  writeAndClose(call, refusal.status, writeRefusal(call.path, refusal), ['content-type', 'application/json; charset=utf-8', ...retry])
  onRefused(call, refusal.status)
}

/** How the gateway is, is told however busy it is, and while it stops. */
const alwaysTold: ReadonlySet<string> = new Set(['/health', '/metrics'])

const stopped: EdgeRefusal = {
  reason: 'shutting-down',
  status: 503,
  message: 'The gateway is being stopped. Try again in a moment.',
  code: 'shutting_down',
}
const busy: EdgeRefusal = {
  reason: 'queue-full',
  status: 503,
  message: 'Too many calls at once. Try again in a moment.',
  code: 'server_busy',
}

/** A request that two readers could understand differently is refused, and its connection closed. */
function refusalOf({ call, expects, badTarget }: Arrival, isBusy: boolean): EdgeRefusal | undefined {
  const fault = faultOf(call.request) ?? badTarget
  if (fault !== undefined) return { reason: 'bad-request', status: 400, message: fault, code: 'bad_request' }
  if (expects === 'something else') {
    const message = 'The only expectation that can be met is `100-continue`.'
    return { reason: 'bad-request', status: 417, message, code: 'expectation_failed' }
  }
  if (alwaysTold.has(call.path)) return undefined
  if (call.stopping.hasBegun) return stopped
  return isBusy ? busy : undefined
}

/** The parser has given up on a connection. A call that is being answered on it learns of it by the end of its connection. */
function refuseUnparsed(error: Error, socket: Duplex, open: ReadonlySet<Call>, options: EdgeOptions): void {
  for (const call of open) {
    if (call.response.socket !== socket) continue
    // Behind the beginning of an answer a second one would be read as a part of it; what has been written still goes out.
    if (call.response.headersSent) call.response.socket.destroySoon()
    else refuseRaw(codeOf(error), socket, call.headers, (told) => options.writeRefusal(call.path, { ...told, reason: 'bad-request' }))
    return
  }
  refuseWithoutCall({ code: codeOf(error), origin: originIn(error), method: '-' }, socket, options)
}

interface Unparsed {
  readonly code: string
  readonly origin: string | undefined
  readonly method: string
}

function refuseWithoutCall({ code, origin, method }: Unparsed, socket: Duplex, { ids, cors, clock, onRefused }: EdgeOptions): void {
  const id = ids.next()
  const status = refuseRaw(code, socket, ['x-request-id', id, ...cors.headers(origin)])
  if (status !== undefined) onRefused({ id, method, path: '-', startedAt: clock.now() }, status)
}

/** Preflights are answered before access is checked, on every path; a browser sends no key with them. */
function answerOptions(call: Call, options: EdgeOptions): void {
  const { headers } = call.request
  const preflight = options.cors.preflight({
    origin: headers.origin,
    requestHeaders: headers['access-control-request-headers'],
    privateNetwork: headers['access-control-request-private-network'] === 'true',
  })
  call.response.writeHead(204, [...call.headers, ...preflight, 'allow', 'GET, HEAD, POST, DELETE, OPTIONS'])
  call.response.end()
  options.onRefused(call, 204)
}

/** Starts listening; gives the port that was really taken. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve(portOf(server.address()))
    })
  })
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
