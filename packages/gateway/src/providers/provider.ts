/** Where a provider is and how it wants to be asked. A catalogue entry and a provider of the owner's own have the same shape. */
import type { DialectName, Operation } from '../domain/operation.ts'
import type { LimitHeaders } from '../domain/limit-headers.ts'
import type { ProviderName } from '../domain/names.ts'
import type { Quirks } from '../domain/quirks.ts'

/**
 * How a key goes onto the wire. Never in the URL: URLs end up in logs. `sigv4`: AWS Signature Version 4 over the request;
 * `google`: an access token made from a service account.
 */
export type Auth =
  | { readonly kind: 'bearer' }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'sigv4'; readonly service: string }
  | { readonly kind: 'google'; readonly scope: string }
  | { readonly kind: 'none' }

export interface Speech {
  readonly dialect: DialectName
  /** Appended to the base URL, or beside its last step where it begins with `/../`; `{model}` stands for the model's name. */
  readonly path: string
  /** In place of the provider's base URL, where this dialect is spoken at another address. */
  readonly base?: string
  /** In place of the provider's, where this dialect wants the key elsewhere. */
  readonly auth?: Auth
  /** For streams, where it is another. */
  readonly streamPath?: string
  /** Sent with every request unless the caller's own are forwarded, flat. */
  readonly headers?: readonly string[]
  /**
   * Requests are rebuilt through the canonical form, because the provider is stricter than the dialect it speaks: always, or where
   * they offer tools (providers that want their thinking back in a tool loop, which most callers drop).
   */
  readonly rebuilds?: boolean | 'with-tools'
  /** Beside the provider's own: top-level request fields that are refused in this dialect. */
  readonly rejects?: readonly string[]
  /** Top-level request fields that go by another name there, applied before `rejects`; one that is there already stays. */
  readonly renames?: Readonly<Record<string, string>>
}

/** What is known of one model; absent means unknown, never zero. */
export interface KnownModel {
  readonly contextTokens?: number
  readonly maxOutputTokens?: number
  /** Thinks before it answers: gets the longer first-byte timeout. */
  readonly reasoning?: boolean
  /** Beside the provider's own: request fields that this model answers with a 400. */
  readonly rejects?: readonly string[]
}

/** A part of a provider's addresses that differs from owner to owner: `{resource}` in Azure's. */
export interface AddressPart {
  /** The variable of the environment that holds it. */
  readonly env: string
  readonly default?: string
  /** For people: "the name of the Azure OpenAI resource". */
  readonly what: string
}

export interface Provider {
  readonly name: ProviderName
  /** For people: "Groq". */
  readonly title: string
  /** Its own documentation. */
  readonly site: string
  /** Without a slash at the end. `{name}` stands for one of `variables`. */
  readonly baseUrl: string
  /** By the name that stands between braces in addresses and paths. */
  readonly variables?: Readonly<Record<string, AddressPart>>
  /** What the variables stand for, once the owner has said so; they are then filled in everywhere. */
  readonly filled?: Readonly<Record<string, string>>
  readonly auth: Auth
  /** Environment prefixes: GROQ means GROQ_API_KEY, GROQ_API_KEY_1, …; the first is the one shown to people. */
  readonly keyFrom: readonly string[]
  /** Variables that hold a key and are not called `<PREFIX>_API_KEY`: `HF_TOKEN`. */
  readonly keyNames?: readonly string[]
  /** Works without any key, such as a server on the own machine. */
  readonly keyless?: boolean
  /** The dialects of each operation, the preferred one first: a caller of the same dialect gets its own. */
  readonly speaks: Partial<Readonly<Record<Operation, readonly Speech[]>>>
  /** Where its model list lies, appended to the base URL; absent: it has none. */
  readonly modelsPath?: string
  /**
   * How a key is tested for nothing where the list of models is shown to everybody: a GET that wants a key, appended to the base URL.
   * `none`: there is no such thing. Absent: with the list.
   */
  readonly keyTest?: { readonly path: string } | 'none'
  /** What it tells of its limits with every answer; absent: nothing is known of that. The IETF's fields are understood anyway. */
  readonly rateLimitHeaders?: readonly LimitHeaders[]
  /** Request fields naming a session that it knows; they are taken out for everybody else. */
  readonly sessionFields?: readonly string[]
  /** Top-level request fields that it answers with a 400; they are taken out, and the log says so. */
  readonly rejects?: readonly string[]
  readonly quirks?: Quirks
  /** When its days of use begin, where it documents that; 03:00 UTC is taken for the others. */
  readonly dayBegins?: { readonly hour: number; readonly timeZone: string }
  /** By the model's own name. */
  readonly models?: Readonly<Record<string, KnownModel>>
}
