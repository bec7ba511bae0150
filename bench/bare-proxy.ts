/** The floor in our own language: what `node:http` and undici cost when they do nothing but forward. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Pool } from 'undici'
import { listening } from './child.ts'

const pool = new Pool(process.argv[2] ?? '', { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })

function forward(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const headers = { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' }
  pool.dispatch(
    { method: 'POST', path: request.url ?? '/', headers, body },
    {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, status, { 'content-type': type = '', 'content-length': length }) =>
        void response.writeHead(status, length === undefined ? ['content-type', type] : ['content-type', type, 'content-length', length]),
      onResponseData: (_controller, chunk) => void response.write(chunk),
      onResponseEnd: () => void response.end(),
      onResponseError: () => void response.destroy(),
    },
  )
}

const server = createServer({ noDelay: true, keepAliveTimeout: 75_000 }, (request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => forward(request, response, Buffer.concat(parts)))
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => listening(server))
