/** From a method and a canonical path to the endpoint that answers it. */
import { refuse } from '../domain/failure.ts'

/** Paths as documented, without `/v1`; `{id}` stands for the rest of the path up to what follows it, slashes included. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** `open`: also without a key; health and the greeting. */
  readonly access: 'open' | 'key'
  /** At the root only; everything else is served with and without `/v1`. */
  readonly rootOnly?: boolean
}

export interface Match<R extends Route> {
  readonly route: R
  /** What `{id}` stood for. */
  readonly id: string
}

export class Router<R extends Route> {
  readonly #exact = new Map<string, Map<string, R>>()
  readonly #patterns: Pattern<R>[] = []

  constructor(routes: readonly R[]) {
    for (const route of routes) for (const base of route.rootOnly ? [''] : ['/v1', '']) this.#add(base, route)
    // The more a pattern says, the earlier it is tried: `/responses/{id}/cancel` before `/responses/{id}`.
    this.#patterns.sort((left, right) => right.suffix.length - left.suffix.length || right.prefix.length - left.prefix.length)
  }

  /** @throws RefusedCall 404 for an unknown path, 405 for a known path with another method. */
  match(method: string, path: string): Match<R> {
    const wanted = method === 'HEAD' ? 'GET' : method
    const byMethod = this.#exact.get(path)
    const exact = byMethod?.get(wanted)
    if (exact !== undefined) return { route: exact, id: '' }
    if (byMethod !== undefined) throw wrongMethod(method, [...byMethod.keys()])
    const fitting = this.#patterns.filter((pattern) => fits(pattern, path))
    const [first] = fitting
    const found = fitting.find(({ route }) => route.method === wanted)
    if (found !== undefined) return { route: found.route, id: path.slice(found.prefix.length, path.length - found.suffix.length) }
    if (first !== undefined) throw wrongMethod(method, [...new Set(fitting.map(({ route }) => route.method))])
    throw refuse(
      'bad-request',
      `There is nothing at ${path}. See GET /v1/models; calls go to POST /v1/chat/completions, /v1/responses, /v1/messages, /v1beta/models/{model}:generateContent, /api/chat and others.`,
      {
        status: 404,
        code: 'not_found',
      },
    )
  }

  #add(base: string, route: R): void {
    const path = base + route.path
    const at = path.indexOf('{id}')
    if (at !== -1) {
      this.#patterns.push({ prefix: path.slice(0, at), suffix: path.slice(at + '{id}'.length), route })
      return
    }
    const byMethod = this.#exact.get(path) ?? new Map<string, R>()
    byMethod.set(route.method, route)
    this.#exact.set(path, byMethod)
  }
}

interface Pattern<R> {
  readonly prefix: string
  readonly suffix: string
  readonly route: R
}

function fits({ prefix, suffix }: Pattern<Route>, path: string): boolean {
  return path.startsWith(prefix) && path.endsWith(suffix) && path.length > prefix.length + suffix.length
}

function wrongMethod(method: string, allowed: readonly string[]): Error {
  const allow = allowed.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])).join(', ')
  return refuse('bad-request', `${method} is not allowed here. Use ${allow}.`, {
    status: 405,
    code: 'method_not_allowed',
    headers: ['allow', `${allow}, OPTIONS`],
  })
}
