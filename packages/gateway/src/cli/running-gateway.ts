/** Asks the gateway that is running, and says in one sentence why that does not work. */
import type { Secret } from '../domain/secret.ts'

export interface RunningGateway {
  /** As the banner shows it, with or without `/v1`. */
  readonly url: string
  readonly key: Secret | undefined
}

/** Told to a person as it is. */
export class GatewayTrouble extends Error {}

/** Tests of many keys take their time. */
const patienceMs = 120_000

/** The quota page; with an ask, after that has been done. */
export async function askGateway(gateway: RunningGateway, ask?: Readonly<Record<string, string>>): Promise<unknown> {
  const address = addressOf(gateway.url)
  const response = await fetch(address, {
    method: ask === undefined ? 'GET' : 'POST',
    headers: {
      ...(ask !== undefined && { 'content-type': 'application/json' }),
      ...(gateway.key !== undefined && { authorization: `Bearer ${gateway.key.reveal()}` }),
    },
    ...(ask !== undefined && { body: JSON.stringify(ask) }),
    // The key goes to the address that was named and nowhere else.
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
  }).catch((error: unknown) => Promise.reject(unreachable(address, error)))
  const body = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return body
  throw refused(address, response.status, body)
}

function addressOf(url: string): URL {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new GatewayTrouble('--url is no address. Write it as http://127.0.0.1:8000.')
  }
  const address = new URL(url)
  return new URL(`${address.origin}${address.pathname.replace(/\/(?:v1\/?)?$/, '')}/v1/quota-stats`)
}

function unreachable({ origin }: URL, error: unknown): GatewayTrouble {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new GatewayTrouble(`${origin} did not answer in ${patienceMs / 1000} s.`)
  const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? ` (${String(error.cause.code)})` : ''
  return new GatewayTrouble(`No gateway answers at ${origin}${cause}. Start it with \`keywheel start\`, or say where it is with --url.`)
}

function refused({ origin }: URL, status: number, body: unknown): GatewayTrouble {
  if (status === 401) return new GatewayTrouble(`The gateway at ${origin} wants its key: set PROXY_API_KEY in the environment or in .env.`)
  const message = messageIn(body)
  if (message === undefined) return new GatewayTrouble(`What answers at ${origin} is no Keywheel (status ${status}).`)
  return new GatewayTrouble(`The gateway at ${origin} refuses: ${message}`)
}

function messageIn(body: unknown): string | undefined {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string' ? error.message : undefined
}
