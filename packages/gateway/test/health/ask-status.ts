/** Asks a gateway how its providers are. */
import assert from 'node:assert/strict'
import type { Bench, Given } from '../harness.ts'
import { until } from '../process/until.ts'

export async function json({ origin }: Bench, path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(origin + path, init)
  assert.equal(response.status, 200, await response.clone().text())
  return response.json()
}

export async function statusOf(bench: Bench, provider: string): Promise<Readonly<Record<string, unknown>>> {
  return (await json(bench, `/api/providers/status/${provider}`)) as Record<string, unknown>
}

export function refresh(bench: Bench, provider?: string): Promise<unknown> {
  return json(bench, `/api/providers/refresh${provider === undefined ? '' : `?provider=${provider}`}`, { method: 'POST' })
}

/** One call whose end is known to the gateway when this resolves. */
export async function ask(bench: Bench, body: object = {}): Promise<number> {
  const response = await bench.ask(body)
  await response.text().catch(() => '')
  await until('the call to end', () => bench.gateway.keyring.inFlight === 0)
  return response.status
}

/** One try for each key, so that each fault is one attempt. */
export const once: NonNullable<Given['adjust']> = (config) => ({ ...config, retry: { ...config.retry, maxAttemptsPerKey: 1 } })
