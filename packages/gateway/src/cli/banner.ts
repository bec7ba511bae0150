/** What a person sees when the gateway has started: where it is, who it can ask, and who may ask it. */
import type { Config, ConfiguredProvider } from '../config/config.ts'
import { findProvider } from '../providers/catalogue/list.ts'
import { providerName } from '../domain/names.ts'
import { homepage, version } from '../version.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Keys appear masked, the proxy key not at all. */
export function banner(config: Config, address: Address): string {
  const lines = [
    `Keywheel ${version}  ${homepage}`,
    `  listening on   ${baseUrl(address)}/v1`,
    `  access         ${accessLine(config)}`,
    ...providerLines(config),
    ...virtualModelLines(config),
    ...config.warnings.map((warning) => `  warning        ${warning}`),
  ]
  return `${lines.join('\n')}\n`
}

/** As a person types it. */
export function baseUrl({ host, port }: Address): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function accessLine({ access }: Config): string {
  const count = access.proxyKeys.length
  if (count === 0) return 'OPEN: anybody who reaches this address can use your keys. Set PROXY_API_KEY to close it.'
  return `with ${count === 1 ? 'the key' : `one of ${count} keys`} in PROXY_API_KEY`
}

function providerLines({ providers }: Config): string[] {
  const usable = providers.filter(isUsable)
  if (usable.length === 0) {
    return [
      '  providers      none yet: add a key such as GROQ_API_KEY=… to .env, or run `npm run demo` to see everything on simulated providers',
    ]
  }
  const width = Math.max(...usable.map(({ name }) => name.length))
  return usable.map(
    (provider, index) => `  ${(index === 0 ? 'providers' : '').padEnd(13)}  ${provider.name.padEnd(width)}  ${keysLine(provider)}`,
  )
}

function isUsable(provider: ConfiguredProvider): boolean {
  return provider.keys.length > 0 || provider.keyless || findProvider(providerName(provider.name))?.keyless === true
}

const mostShown = 4

function keysLine({ keys }: ConfiguredProvider): string {
  if (keys.length === 0) return 'no key needed'
  const shown = keys.slice(0, mostShown).map(({ secret }) => secret.masked)
  const more = keys.length > mostShown ? ', …' : ''
  return `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}  ${shown.join(', ')}${more}`
}

function virtualModelLines({ virtualModels, aliases }: Config): string[] {
  const names = [...virtualModels.map(({ name }) => name), ...Object.keys(aliases)]
  return names.length === 0 ? [] : [`  virtual models ${names.join(', ')}`]
}
