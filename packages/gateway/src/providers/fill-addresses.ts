/** Puts what the owner has said into a provider's addresses: `https://{resource}.example.com`. */
import type { Provider, Speech } from './provider.ts'

/** Every `{name}` of the provider's variables; `{model}` and other braces stay. Those without a value take their default. */
export function fillAddresses(provider: Provider, values: Readonly<Record<string, string>>): Provider {
  if (provider.variables === undefined) return provider
  const filled: Record<string, string> = {}
  for (const [name, { default: standard }] of Object.entries(provider.variables)) {
    const value = values[name] ?? standard
    if (value !== undefined) filled[name] = value
  }
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (braces, name: string) => filled[name] ?? braces)
  const speaks = Object.fromEntries(
    Object.entries(provider.speaks).map(([operation, speeches]) => [operation, speeches.map((speech) => fillSpeech(speech, fill))]),
  )
  return { ...provider, baseUrl: fill(provider.baseUrl), speaks, filled }
}

function fillSpeech(speech: Speech, fill: (text: string) => string): Speech {
  return {
    ...speech,
    path: fill(speech.path),
    ...(speech.base !== undefined && { base: fill(speech.base) }),
    ...(speech.streamPath !== undefined && { streamPath: fill(speech.streamPath) }),
  }
}
