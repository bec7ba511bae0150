/** Asks for the model data of the day, unless they are the ones that are here. */
import { request } from 'undici'
import type { Connections } from './connections.ts'

const timeoutMs = 60_000
const mostBytes = 32 * 1024 * 1024

type Fetched = { readonly is: 'unchanged' } | { readonly is: 'changed'; readonly text: string; readonly etag?: string }

/** @throws Error with a message for the log. */
export async function fetchModelData(address: string, etag: string | undefined, connections: Connections): Promise<Fetched> {
  const url = new URL(address)
  const { statusCode, headers, body } = await request(url, {
    dispatcher: connections.pool(url.origin, timeoutMs),
    headers: { accept: 'application/json', 'accept-encoding': 'identity', ...(etag !== undefined && { 'if-none-match': etag }) },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (statusCode !== 200) await body.dump()
  if (statusCode === 304) return { is: 'unchanged' }
  if (statusCode !== 200) throw new Error(`${url.host} answered ${statusCode}.`)
  const text = await readAtMost(body)
  const { etag: version } = headers
  return { is: 'changed', text, ...(typeof version === 'string' && { etag: version }) }
}

async function readAtMost(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > mostBytes) throw new Error(`The answer is larger than ${mostBytes} bytes.`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}
