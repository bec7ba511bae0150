/** The HTTP edge: node:http with every limit set, and what must be refused before any route is looked at. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '@keywheel/keyring'
import type { Call } from './call.ts'
import { canonicalTarget } from './canonical-path.ts'
import type { Cors } from './cors.ts'
import { refuseRaw } from './raw-refusal.ts'
import type { RequestIds } from './request-ids.ts'
import { writeAndClose } from './write-reply.ts'

/** Milliseconds and bytes; Node's own defaults in brackets where they differ. */
const edgeLimits = {
  /** Slow headers are cut (60 s). */
  headersTimeoutMs: 10_000,
  /** A backstop over the whole request; the pace of a body is watched by read-body.ts (300 s). */
  requestTimeoutMs: 900_000,
  /** Longer than the pools of load balancers in front, which would otherwise meet a closing socket (5 s). */
  keepAliveTimeoutMs: 75_000,
  /** How often the two timeouts above are looked at (30 s). */
  checkingIntervalMs: 1000,
  maxHeaderBytes: 16_384,
  maxHeaders: 200,
} as const

export interface EdgeOptions {
  readonly cors: Cors
  readonly ids: RequestIds
  readonly clock: Clock
  /** Calls at once; more are refused early with a 503. */
  readonly maxInFlight: number
  /** Writes a refusal in the dialect that the path suggests. */
  readonly writeRefusal: (path: string, refusal: EdgeRefusal) => Buffer
  readonly onCall: (call: Call) => void
  readonly onRefused: (call: Call, status: number) => void
}

/** A refusal before any route: what is wrong with the request as such. */
export interface EdgeRefusal {
  readonly status: number
  readonly message: string
  readonly code: string
}

/** A server that does not listen yet. */
export function createEdge(options: EdgeOptions): Server {
  const server = createServer({
    headersTimeout: edgeLimits.headersTimeoutMs,
    requestTimeout: edgeLimits.requestTimeoutMs,
    keepAliveTimeout: edgeLimits.keepAliveTimeoutMs,
    connectionsCheckingInterval: edgeLimits.checkingIntervalMs,
    maxHeaderSize: edgeLimits.maxHeaderBytes,
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
  })
  server.maxHeadersCount = edgeLimits.maxHeaders
  server.timeout = 0
  server.maxRequestsPerSocket = 0
  // Some room above the calls, for health checks and for saying "busy" instead of closing.
  server.maxConnections = options.maxInFlight + 256
  let inFlight = 0
  const take = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    inFlight++
    response.once('close', () => inFlight--)
    receive({ request, response, expectsContinue, busy: inFlight > options.maxInFlight }, options)
  }
  server.on('request', (request, response) => take(request, response, false))
  server.on('checkContinue', (request, response) => take(request, response, true))
  server.on('clientError', (error, socket) => refuseRaw(error, socket, options.cors, options.ids))
  return server
}

interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly expectsContinue: boolean
  readonly busy: boolean
}

function receive(arrival: Arrival, options: EdgeOptions): void {
  const { request, response } = arrival
  const target = canonicalTarget(request.url ?? '')
  const id = options.ids.next()
  const origin = request.headers.origin
  const call: Call = {
    id,
    method: request.method ?? 'GET',
    path: 'path' in target ? target.path : '/',
    query: 'query' in target ? target.query : '',
    startedAt: options.clock.now(),
    request,
    response,
    headers: ['x-request-id', id, ...options.cors.headers(origin)],
    expectsContinue: arrival.expectsContinue,
  }
  const refusal = refusalOf(arrival, 'refused' in target ? target.refused : undefined)
  if (refusal !== undefined) {
    const body = options.writeRefusal(call.path, refusal)
    const retry = refusal.status === 503 ? ['retry-after', '1'] : []
    writeAndClose(call, refusal.status, body, ['content-type', 'application/json; charset=utf-8', ...retry])
    options.onRefused(call, refusal.status)
    return
  }
  if (call.method === 'OPTIONS') answerOptions(call, options)
  else options.onCall(call)
}

/** A request that two readers could understand differently is refused, and its connection closed. */
function refusalOf(arrival: Arrival, badTarget: string | undefined): EdgeRefusal | undefined {
  const { request } = arrival
  // Node accepts a request line without a version as HTTP/0.9, headers, body and all (llhttp issue 877).
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') return bad('Only HTTP/1.1 and HTTP/1.0 are spoken here.')
  if (countOf(request.rawHeaders, 'host') > 1) return bad('The request has more than one Host header.')
  if (!isHost(request.headers.host)) return bad('The Host header is not a host name.')
  if (badTarget !== undefined) return bad(badTarget)
  return arrival.busy ? { status: 503, message: 'Too many calls at once. Try again in a moment.', code: 'server_busy' } : undefined
}

function bad(message: string): EdgeRefusal {
  return { status: 400, message, code: 'bad_request' }
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const each = rawHeaders[i]
    if (each?.length === name.length && each.toLowerCase() === name) count++
  }
  return count
}

/** RFC 3986 host and port; HTTP/1.0 may leave it out. The text is never used to build a URL. */
function isHost(host: string | undefined): boolean {
  return host === undefined || /^(?:[\w.-]*|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/.test(host)
}

/** Preflights are answered before access is checked, on every path; a browser sends no key with them. */
function answerOptions(call: Call, options: EdgeOptions): void {
  const { headers } = call.request
  const preflight = options.cors.preflight({
    origin: headers.origin,
    requestHeaders: headers['access-control-request-headers'],
    privateNetwork: headers['access-control-request-private-network'] === 'true',
  })
  call.response.writeHead(204, [...call.headers, ...preflight, 'allow', 'GET, HEAD, POST, OPTIONS'])
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
