/** Where a provider is asked: its address and the dialect it is asked in, worked out once for each dialect of callers. */
import type { Dispatcher } from 'undici'
import { canBridge } from '../dialects/bridge.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { dialectOf } from '../dialects/list.ts'
import type { DialectName } from '../domain/operation.ts'
import type { Provider, Speech } from '../providers/provider.ts'

export class Place {
  readonly origin: string
  readonly speech: Speech
  readonly dialect: Dialect
  /** By connect timeout in milliseconds. */
  readonly pools: Map<number, Dispatcher> = new Map()
  readonly #path: string
  readonly #streamPath: string

  constructor(baseUrl: string, speech: Speech) {
    const url = new URL(baseUrl + speech.path)
    this.origin = url.origin
    this.speech = speech
    this.dialect = dialectOf(speech.dialect)
    this.#path = url.pathname + url.search
    this.#streamPath = speech.streamPath === undefined ? this.#path : pathOf(baseUrl + speech.streamPath)
  }

  pathFor(model: string, stream: boolean): string {
    const path = stream ? this.#streamPath : this.#path
    return path.includes(modelMark) ? path.replace(modelMark, encodeURIComponent(model)) : path
  }
}

/** `{model}` as a URL writes it. */
const modelMark = '%7Bmodel%7D'

function pathOf(address: string): string {
  const { pathname, search } = new URL(address)
  return pathname + search
}

export class Places {
  readonly #byProvider = new WeakMap<Provider, Map<DialectName, Place | undefined>>()

  /** undefined: the provider speaks nothing that the caller's dialect can be brought to. */
  of(provider: Provider, caller: Dialect): Place | undefined {
    let places = this.#byProvider.get(provider)
    if (places === undefined) this.#byProvider.set(provider, (places = new Map()))
    const known = places.get(caller.name)
    if (known !== undefined) return known
    const speech = speechFor(provider, caller)
    const place = speech === undefined ? undefined : new Place(speech.base ?? provider.baseUrl, speech)
    places.set(caller.name, place)
    return place
  }
}

/** The caller's own dialect where the provider speaks it, else the provider's first that it can be translated into. */
function speechFor(provider: Provider, caller: Dialect): Speech | undefined {
  const speeches = provider.speaks[caller.operation] ?? []
  return speeches.find(({ dialect }) => dialect === caller.name) ?? speeches.find(({ dialect }) => canBridge(caller, dialectOf(dialect)))
}
