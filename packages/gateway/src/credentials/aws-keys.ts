/** A key of AWS as its owner writes it into one variable, and the region that its signature is for. */
import { refuseKey } from './refuse-key.ts'
import { knownSecrets } from '../domain/scrub.ts'
import { Secret } from '../domain/secret.ts'
import type { Provider } from '../providers/provider.ts'
import type { AwsCredentials } from './aws-signature.ts'

/** `bearer`: an API key of Bedrock, which is sent as it is. */
export type AwsKey = { readonly is: 'bearer' } | { readonly is: 'signing'; readonly credentials: AwsCredentials }

/** `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, with `:SESSION_TOKEN` where it is a temporary one. */
export function readAwsKey(secret: Secret): AwsKey {
  const [accessKeyId = '', secretAccessKey, sessionToken, ...more] = secret.reveal().split(':')
  if (secretAccessKey === undefined) return { is: 'bearer' }
  if (accessKeyId === '' || secretAccessKey === '' || sessionToken === '' || more.length > 0) {
    throw refuseKey('The key of AWS must be ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN behind it where it is temporary.')
  }
  // Alone they are as secret as together.
  for (const part of [secretAccessKey, sessionToken]) if (part !== undefined) knownSecrets.add(new Secret(part))
  return { is: 'signing', credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) } }
}

const usualRegion = 'us-east-1'

/** The host's own region, as in `bedrock-runtime.eu-west-1.amazonaws.com`, else what the owner has set. */
export function regionOf(origin: string, { filled }: Pick<Provider, 'filled'>): string {
  const label = new URL(origin).hostname.split('.').find((each) => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(each))
  return label ?? filled?.['region'] ?? usualRegion
}
