/** How a key goes onto the wire. */
import type { Secret } from '../domain/secret.ts'
import type { Auth } from '../providers/provider.ts'

/** The header's name and value; undefined when none is sent. */
export function authorize(auth: Auth, secret: Secret | undefined): readonly [name: string, value: string] | undefined {
  if (secret === undefined || auth.kind === 'none') return undefined
  return auth.kind === 'bearer' ? ['authorization', `Bearer ${secret.reveal()}`] : [auth.name, secret.reveal()]
}
