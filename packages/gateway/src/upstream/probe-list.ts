/** Asks a provider for its list of models only to see whether it answers and takes the key. Costs no quota. */
import { readProviderFailure } from '../dialects/provider-failure.ts'
import type { Failure } from '../domain/failure.ts'
import type { Secret } from '../domain/secret.ts'
import type { Provider } from '../providers/provider.ts'
import { redirected } from './answer-failures.ts'
import type { Connections } from './connections.ts'
import { askForList } from './fetch-list.ts'
import { networkFailure } from './network-failure.ts'

export interface ListAnswer {
  /** 0: nobody answered. */
  readonly status: number
  /** undefined: the list came. */
  readonly failure?: Failure
}

export interface ListProbe {
  readonly provider: Provider
  /** Appended to the provider's base URL. */
  readonly path: string
  readonly secret: Secret | undefined
  readonly connections: Connections
  readonly signal: AbortSignal
  /** Milliseconds since the Unix epoch, for dates in headers. */
  readonly wallNow: number
}

/** Never rejects. */
export async function probeList({ path, connections, signal, wallNow, ...ask }: ListProbe): Promise<ListAnswer> {
  try {
    const url = new URL(ask.provider.baseUrl + path)
    const answer = await askForList({ ...ask, url }, connections, signal)
    if (answer.status >= 200 && answer.status < 300) return { status: answer.status }
    if (answer.status < 400) return { status: answer.status, failure: redirected(answer.status) }
    return { status: answer.status, failure: readProviderFailure({ ...answer, wallNow }) }
  } catch (error) {
    if (signal.aborted) return { status: 0, failure: { reason: 'timed-out', message: 'The provider did not answer in time.', sent: 'yes' } }
    return { status: 0, failure: error instanceof Error ? networkFailure(error, true) : unknownFailure }
  }
}

const unknownFailure: Failure = { reason: 'upstream-broken', message: 'The connection to the provider broke.', sent: 'maybe' }

const mostKeys = 3
const refusals: ReadonlySet<Failure['reason']> = new Set(['key-rejected', 'key-forbidden', 'rate-limited', 'quota-exhausted', 'billing'])

/** The same with several keys in turn: that one of them is refused says nothing of the provider. */
export async function probeWithAny(probe: Omit<ListProbe, 'secret'>, secrets: readonly (Secret | undefined)[]): Promise<ListAnswer> {
  let answer: ListAnswer = { status: 0, failure: { reason: 'key-rejected', message: 'There is no key that could be used.', sent: 'no' } }
  for (const secret of secrets.slice(0, mostKeys)) {
    answer = await probeList({ ...probe, secret })
    if (answer.failure === undefined || !refusals.has(answer.failure.reason)) return answer
  }
  return answer
}
