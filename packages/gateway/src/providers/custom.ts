/** Any server that is not in the catalogue: a name and an address are enough, and a dialect where it is not OpenAI's. */
import type { ChatDialectName } from '../domain/chat-dialects.ts'
import { providerName } from '../domain/names.ts'
import { limitHeadersOf } from './limit-headers.ts'
import type { Provider } from './provider.ts'
import { manners } from './speeches.ts'

/** Such a server, as its owner describes it. */
export interface CustomServer {
  readonly name: string
  /** Its path is kept as given. */
  readonly baseUrl: string
  /** It wants no key. */
  readonly keyless?: boolean
  /** OpenAI's chat completions unless told. */
  readonly dialect?: ChatDialectName
  /** What its dialect must know beside the address, such as a region. */
  readonly variables?: Readonly<Record<string, string>>
}

export function customProvider({ name, baseUrl, keyless = false, dialect = 'openai-chat', variables }: CustomServer): Provider {
  const address = withoutEndingSlashes(baseUrl)
  return {
    name: providerName(name),
    title: name,
    site: address,
    baseUrl: address,
    keyFrom: [environmentPrefix(name)],
    ...(keyless && { keyless }),
    ...(variables !== undefined && { filled: variables }),
    ...manners[dialect],
    rateLimitHeaders: limitHeadersOf(dialect),
  }
}

/** What comes before `_API_KEY` in the environment: `my-box` looks for `MY_BOX_API_KEY`. */
export function environmentPrefix(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

/** Drops slashes at the end in linear time; a pattern with `+` would walk a long run of them once for each. */
export function withoutEndingSlashes(address: string): string {
  let end = address.length
  while (end > 0 && address[end - 1] === '/') end -= 1
  return address.slice(0, end)
}
