/** A provider as its owner set it up: the catalogue's entry, or one of the owner's own, with the owner's settings on top. */
import type { PoolSettings } from '@keywheel/keyring'
import type { ChatDialectName } from '../domain/chat-dialects.ts'
import { providerName } from '../domain/names.ts'
import type { ProviderName } from '../domain/names.ts'
import type { Secret } from '../domain/secret.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import { findProvider } from './catalogue/list.ts'
import { customProvider, withoutEndingSlashes } from './custom.ts'
import { fillAddresses } from './fill-addresses.ts'
import type { Provider, Speech } from './provider.ts'
import { manners } from './speeches.ts'

/** A model that the owner offers under a name of the owner's choice. */
interface OfferedModel {
  readonly name: string
  /** What the provider is asked for. */
  readonly id: string
  /** Parameters added when the request lacks them; `reasoning_effort` replaces the request's. */
  readonly options?: Readonly<Record<string, unknown>>
}

/** What the owner says about a provider; the configuration's entry fits as it is. */
export interface ProviderSettings {
  readonly name: string
  readonly baseUrl?: string
  /** The dialect in which chat is asked for; the catalogue's, or OpenAI's, unless told. */
  readonly dialect?: ChatDialectName
  /** What stands for `{name}` in the catalogue's addresses. */
  readonly variables?: Readonly<Record<string, string>>
  /** Asked without any key. */
  readonly keyless: boolean
  readonly keys: readonly { readonly secret: Secret; readonly source: string; readonly priority: number; readonly tier?: string }[]
  /** How its keys take turns and what each of them bears. */
  readonly pool: PoolSettings
  /** Left out of active probes. */
  readonly skipsProbes: boolean
  /** A model that the globs hide cannot be asked for either. */
  readonly enforcesModelLists: boolean
  readonly timeouts: Partial<Timeouts>
  readonly models: readonly OfferedModel[]
  readonly whitelistModels: readonly string[]
  readonly ignoreModels: readonly string[]
  readonly rejects: readonly string[]
}

/** One provider in use: where and how (`provider`), and what its owner wants of it (`settings`). */
export interface ActiveProvider {
  readonly provider: Provider
  readonly settings: ProviderSettings
}

/** Joins settings and catalogue; undefined when the catalogue does not know the name and no base URL is given. */
export function activate(settings: ProviderSettings): ActiveProvider | undefined {
  const provider = describe(settings)
  if (provider === undefined) return undefined
  const rejects = [...new Set([...(provider.rejects ?? []), ...settings.rejects])]
  return { provider: { ...provider, rejects }, settings }
}

/** All providers that can be joined, by name, in the order in which they were given. */
export function activateAll(settings: readonly ProviderSettings[]): ReadonlyMap<ProviderName, ActiveProvider> {
  const active = settings.map(activate).filter((one) => one !== undefined)
  return new Map(active.map((one) => [one.provider.name, one]))
}

/** Whether a call can be made at all: it has a key or needs none. */
export function isUsable(active: ActiveProvider): boolean {
  return active.settings.keyless || active.settings.keys.length > 0
}

function describe(settings: ProviderSettings): Provider | undefined {
  const known = findProvider(providerName(settings.name))
  const { baseUrl, dialect, variables = {} } = settings
  if (known === undefined) return baseUrl === undefined ? undefined : customProvider({ ...settings, baseUrl })
  const placed = baseUrl === undefined ? known : moved(known, baseUrl, settings.keyless)
  return fillAddresses(dialect === undefined ? placed : speaking(placed, dialect), variables)
}

/** The provider's wire at another address. What the vendor speaks elsewhere is left out, so that no key goes there. */
function moved(known: Provider, baseUrl: string, keyless: boolean): Provider {
  const speaks = Object.fromEntries(
    Object.entries(known.speaks)
      .map(([operation, speeches]) => [operation, speeches.filter(({ base }) => base === undefined).map(withoutRename)] as const)
      .filter(([, speeches]) => speeches.length > 0),
  )
  const { keyTest: _, ...rest } = known
  return { ...rest, baseUrl: withoutEndingSlashes(baseUrl), speaks, ...(keyless && { keyless }) }
}

/** Another server's field names need not be the vendor's: many a local one overlooks `max_completion_tokens`. */
function withoutRename(speech: Speech): Speech {
  return { ...speech, renames: {} }
}

/** Chat in this dialect only, as the catalogue has it or else as its vendor does. */
function speaking(provider: Provider, dialect: ChatDialectName): Provider {
  const own = provider.speaks.chat?.find((speech) => speech.dialect === dialect)
  const { auth, speaks } = manners[dialect]
  return { ...provider, speaks: { ...provider.speaks, chat: [own ?? { ...speaks.chat[0], auth }] } }
}
