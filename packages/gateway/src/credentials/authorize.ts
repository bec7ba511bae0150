/** How a key goes onto the wire. */
import type { Secret } from '../domain/secret.ts'
import type { Auth } from '../providers/provider.ts'

/** The header's name and value; undefined when none is sent. */
export function authorize(auth: Auth, secret: Secret | undefined): readonly [name: string, value: string] | undefined {
  if (secret === undefined) return undefined
  switch (auth.kind) {
    case 'bearer':
      return ['authorization', `Bearer ${secret.reveal()}`]
    case 'header':
      return [auth.name, secret.reveal()]
    // These are made for each request: see sign.ts.
    case 'sigv4':
    case 'google':
    case 'none':
      return undefined
  }
}
