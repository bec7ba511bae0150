/** Which web pages may call: default deny, an exact list, headers on every answer (WHATWG Fetch, "CORS protocol"). */

/** Header names and values, flat, as `writeHead` takes them. */
export type FlatHeaders = readonly string[]

const none: FlatHeaders = []

const exposed =
  'x-request-id, request-id, retry-after, retry-after-ms, server-timing, x-keywheel-provider, x-keywheel-model, x-keywheel-route, x-keywheel-attempts, x-keywheel-max-tokens, x-keywheel-translated, x-keywheel-dropped'
const methods = 'GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD'
/** Offered when a preflight does not say what it wants. */
const usualHeaders =
  'authorization, content-type, x-api-key, api-key, x-goog-api-key, x-goog-api-client, anthropic-version, anthropic-beta, anthropic-dangerous-direct-browser-access, openai-organization, openai-project, http-referer, x-title, x-request-id, nostream'
/** A list of header names (RFC 9110 tokens); anything else is not echoed. */
const headerList = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/
const longestHeaderList = 4096

export class Cors {
  readonly #origins: ReadonlySet<string>
  readonly #anyOrigin: boolean
  readonly #vary: FlatHeaders
  /** The headers of each listed origin, written once. */
  readonly #allowed = new Map<string, FlatHeaders>()

  /** @param origins exact origins such as `https://lite.koboldai.net`, `null`, or `*`. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins)
    this.#anyOrigin = this.#origins.has('*')
    this.#vary = origins.length === 0 ? none : ['vary', 'Origin']
    for (const origin of this.#origins) this.#allowed.set(origin, this.#headersFor(origin))
  }

  /** The headers that every answer to this origin carries, errors included. */
  headers(origin: string | undefined): FlatHeaders {
    if (origin === undefined) return this.#vary
    const exact = this.#allowed.get(origin) ?? this.#allowed.get(origin.toLowerCase())
    if (exact !== undefined) return exact
    return this.#anyOrigin ? (this.#allowed.get('*') ?? this.#vary) : this.#vary
  }

  allows(origin: string): boolean {
    return this.#anyOrigin || this.#origins.has(origin) || this.#origins.has(origin.toLowerCase())
  }

  /** The further headers of a preflight's answer, beside those of `headers`. */
  preflight(ask: Preflight): FlatHeaders {
    const { origin } = ask
    if (origin === undefined || !this.allows(origin)) return none
    const wanted = ask.requestHeaders
    const echo = wanted !== undefined && wanted.length <= longestHeaderList && headerList.test(wanted)
    return [
      'access-control-allow-methods',
      methods,
      'access-control-allow-headers',
      echo ? wanted : usualHeaders,
      'access-control-max-age',
      '86400',
      'vary',
      'Access-Control-Request-Headers, Access-Control-Request-Method',
      ...(ask.privateNetwork ? ['access-control-allow-private-network', 'true'] : []),
    ]
  }

  #headersFor(origin: string): FlatHeaders {
    return ['access-control-allow-origin', origin, 'access-control-expose-headers', exposed, ...this.#vary]
  }
}

export interface Preflight {
  readonly origin: string | undefined
  readonly requestHeaders: string | undefined
  /** Older Chromium asks before a public page may reach a private address (Private Network Access). */
  readonly privateNetwork: boolean
}
