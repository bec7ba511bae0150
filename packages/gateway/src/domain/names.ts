/** Strings that must not be swapped for one another. The only place where a plain string becomes a name. */
declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** A provider as people write it before the slash: `groq`. */
export type ProviderName = Branded<string, 'ProviderName'>
/** A call's id, in the `x-request-id` header, in every log line and in the usage row. */
export type RequestId = Branded<string, 'RequestId'>

export const providerName = (text: string): ProviderName => text as ProviderName
export const requestId = (text: string): RequestId => text as RequestId
