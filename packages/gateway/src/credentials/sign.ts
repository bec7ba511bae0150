/** Credentials that are made for each request: AWS signatures and Google access tokens. */
import type { Secret } from '../domain/secret.ts'
import type { Provider } from '../providers/provider.ts'

/** What is about to be sent. */
export interface Unsigned {
  readonly origin: string
  /** With its query. */
  readonly path: string
  /** Flat. */
  readonly headers: readonly string[]
  readonly body: Buffer
  /** Milliseconds since the Unix epoch. */
  readonly wallNow: number
}

/** The headers to add, flat. */
export function signRequest(provider: Provider, _secret: Secret, _request: Unsigned): Promise<readonly string[]> {
  return Promise.reject(new Error(`${provider.title} cannot be signed for yet`))
}
