/** Credentials that are made for each request: AWS signatures and Google access tokens. */
import type { Secret } from '../domain/secret.ts'
import type { Provider } from '../providers/provider.ts'
import { readAwsKey, regionOf } from './aws-keys.ts'
import type { AwsKey } from './aws-keys.ts'
import { awsSignature } from './aws-signature.ts'
import type { AwsCredentials, AwsScope } from './aws-signature.ts'
import { googleToken } from './google-token.ts'

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

/** Whom the request goes to. */
export type SignedFor = Pick<Provider, 'auth' | 'filled'>

/** The headers to add, flat. @throws RefusedCall `key-rejected` where the key cannot be used. */
export async function signRequest(provider: SignedFor, secret: Secret, request: Unsigned): Promise<readonly string[]> {
  const { auth } = provider
  switch (auth.kind) {
    case 'sigv4':
      return signForAws(auth.service, provider, secret, request)
    case 'google':
      return ['authorization', `Bearer ${await googleToken(secret, auth.scope, request.wallNow)}`]
    // These need no request to be made: see authorize.ts.
    case 'bearer':
    case 'header':
    case 'none':
      return []
  }
}

async function signForAws(service: string, provider: SignedFor, secret: Secret, request: Unsigned): Promise<readonly string[]> {
  const key = awsKeyOf(secret)
  if (key.is === 'bearer') return ['authorization', `Bearer ${secret.reveal()}`]
  const scope = scopeOf(key.credentials, service, regionOf(request.origin, provider))
  return awsSignature({ ...request, method: 'POST' }, scope)
}

const awsKeys = new WeakMap<Secret, AwsKey>()

function awsKeyOf(secret: Secret): AwsKey {
  const known = awsKeys.get(secret)
  if (known !== undefined) return known
  const key = readAwsKey(secret)
  awsKeys.set(secret, key)
  return key
}

/** By region: one key may be used in several. */
const scopes = new WeakMap<AwsCredentials, Map<string, AwsScope>>()

function scopeOf(credentials: AwsCredentials, service: string, region: string): AwsScope {
  const name = `${service} ${region}`
  const ofKey = scopes.get(credentials) ?? new Map<string, AwsScope>()
  scopes.set(credentials, ofKey)
  const known = ofKey.get(name) ?? { credentials, service, region }
  ofKey.set(name, known)
  return known
}
