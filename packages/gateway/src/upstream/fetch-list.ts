/** Asks a provider which models it has. */
import { request } from 'undici'
import { authorize } from '../credentials/authorize.ts'
import type { Secret } from '../domain/secret.ts'
import { parseJson } from '../dialects/wire.ts'
import type { Provider } from '../providers/provider.ts'
import type { Connections } from './connections.ts'

/** A list that takes longer is given up; the old one stays. */
const listTimeoutMs = 10_000
const mostListBytes = 16 * 1024 * 1024

/** Keys of a provider, the most promising first. */
export type KeysFor = (provider: Provider) => readonly (Secret | undefined)[]

/** How many keys are tried before the list is given up for now. */
const mostKeys = 3

/**
 * The provider's answer as JSON, whatever its shape; another key is tried when one is refused.
 * @throws Error with a message for the log, without secrets.
 */
export async function fetchModelList(provider: Provider, keysFor: KeysFor, connections: Connections): Promise<unknown> {
  if (provider.modelsPath === undefined) return { data: [] }
  const url = new URL(provider.baseUrl + provider.modelsPath)
  let failure = new Error(`${provider.title} has no key.`)
  for (const secret of keysFor(provider).slice(0, mostKeys)) {
    const { status, body } = await askForList({ url, provider, secret }, connections, AbortSignal.timeout(listTimeoutMs))
    if (status === 200) return parseJson(body.toString())
    failure = new Error(`${provider.title} answered ${status} when asked for its models.`)
    if (status !== 401 && status !== 403 && status !== 429) break
  }
  throw failure
}

/** What the provider wants with every request, such as the version that Anthropic's list is asked for in. */
function headersOf({ speaks }: Provider): Record<string, string> {
  const flat = speaks.chat?.[0]?.headers ?? []
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])))
}

function credential({ auth }: Provider, secret: Secret | undefined): Record<string, string> {
  const header = authorize(auth, secret)
  return header === undefined ? {} : { [header[0]]: header[1] }
}

/** One address of a provider that is read with one of its keys. */
export interface ListAsk {
  readonly url: URL
  readonly provider: Provider
  readonly secret: Secret | undefined
}

/** As the provider answers, whatever the status. Rejects where the connection breaks or the signal is aborted. */
export async function askForList({ url, provider, secret }: ListAsk, connections: Connections, signal: AbortSignal): Promise<ListReply> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher: connections.pool(url.origin, listTimeoutMs),
    headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headersOf(provider), ...credential(provider, secret) },
    signal,
  })
  return { status: statusCode, headers, body: await readAtMost(body, mostListBytes) }
}

interface ListReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

async function readAtMost(body: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > most) throw new Error(`The list is larger than ${most} bytes.`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
