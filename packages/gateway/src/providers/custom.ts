/** Any server that speaks OpenAI's wire format and is not in the catalogue: a name and an address are enough. */
import { providerName } from '../domain/names.ts'
import { openaiSpeech } from './openai-speech.ts'
import type { Provider } from './provider.ts'

/** Describes such a server; `keyless` says that it wants no key. The path of the base URL is kept as given. */
export function customProvider(name: string, baseUrl: string, keyless: boolean = false): Provider {
  const address = withoutEndingSlashes(baseUrl)
  return {
    name: providerName(name),
    title: name,
    site: address,
    baseUrl: address,
    auth: { kind: 'bearer' },
    keyFrom: [environmentPrefix(name)],
    ...(keyless && { keyless }),
    speaks: openaiSpeech,
    modelsPath: '/models',
  }
}

/** What comes before `_API_KEY` in the environment: `my-box` looks for `MY_BOX_API_KEY`. */
function environmentPrefix(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

/** Drops slashes at the end in linear time; a pattern with `+` would walk a long run of them once for each. */
export function withoutEndingSlashes(address: string): string {
  let end = address.length
  while (end > 0 && address[end - 1] === '/') end -= 1
  return address.slice(0, end)
}
