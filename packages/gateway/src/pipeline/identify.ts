/** Who calls: the credential in any of the headers that clients put it in, compared in constant time. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { refuse } from '../domain/failure.ts'
import type { Secret } from '../domain/secret.ts'

/** The hashed id of the caller's key, or `open` where none is needed. */
export interface Caller {
  readonly id: string
}

interface KnownCaller extends Caller {
  readonly digest: Buffer
}

const open: Caller = { id: 'open' }
const credentialHeaders = ['x-api-key', 'api-key', 'x-goog-api-key'] as const

export class Access {
  readonly #callers: readonly KnownCaller[]

  constructor(proxyKeys: readonly Secret[]) {
    this.#callers = proxyKeys.map((key) => {
      const digest = digestOf(key.reveal())
      return { id: digest.toString('hex').slice(0, 12), digest }
    })
  }

  /** Without a key everybody may call; the start says so, and refuses a public address. */
  get isOpen(): boolean {
    return this.#callers.length === 0
  }

  /**
   * @throws RefusedCall 401 when no header holds a known key. Several headers with the same key are normal; one known key
   * among them is enough.
   * @param others credentials that stand outside the headers.
   */
  identify(headers: IncomingHttpHeaders, others: readonly string[] = []): Caller {
    if (this.isOpen) return open
    const presented = new Set([...credentialsIn(headers), ...others])
    if (presented.size === 0) throw unauthorized('This endpoint needs a key. Send it as `Authorization: Bearer KEY` or `x-api-key: KEY`.')
    for (const credential of presented) {
      const caller = this.#find(digestOf(credential))
      if (caller !== undefined) return caller
    }
    throw unauthorized('The key is not valid here. It must be one of PROXY_API_KEY.')
  }

  /** Looks at every key whatever the first says, so that the time taken tells nothing. */
  #find(digest: Buffer): Caller | undefined {
    let found: Caller | undefined
    for (const caller of this.#callers) if (timingSafeEqual(caller.digest, digest)) found = caller
    return found
  }
}

/** Google's documented `?key=`. Addresses end up in logs and histories everywhere: no other path takes a key there. */
export function keysInAddress({ path, query }: { readonly path: string; readonly query: string }): readonly string[] {
  if (!path.startsWith('/v1beta/') || query === '') return []
  return new URLSearchParams(query).getAll('key').flatMap((key) => (key.trim() === '' ? [] : [key.trim()]))
}

function credentialsIn(headers: IncomingHttpHeaders): ReadonlySet<string> {
  const found = new Set<string>()
  const bearer = /^bearer[ \t]+(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
  if (bearer !== undefined && bearer !== '') found.add(bearer)
  for (const name of credentialHeaders) {
    const value = headers[name]
    if (typeof value === 'string' && value.trim() !== '') found.add(value.trim())
  }
  return found
}

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

function unauthorized(message: string): Error {
  return refuse('unauthorized', message, { headers: ['www-authenticate', 'Bearer'] })
}
