/** Who may call: the gateway's own keys, and whether it may stand open. */
import { Secret } from '../domain/secret.ts'
import type { Config } from './config.ts'
import { isPlaceholder, isSendable, unsendableMessage, unsendableRemedy } from './key-text.ts'
import type { Place } from './problem.ts'
import { commaList, onOrOff } from './readings.ts'
import { placeOfVariable, setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** The access rules. A placeholder is refused here, because dropping it would leave the gateway open. */
export function accessOf(sources: Sources): Config['access'] {
  const { file, environment } = sources
  const fromEnvironment = setting(sources, 'PROXY_API_KEY', commaList) ?? []
  const fromFile = (file.content.access?.proxy_api_keys ?? []).map((text, index) => ({
    text: text.trim(),
    place: file.placeOf(['access', 'proxy_api_keys', index]),
  }))
  const entries = [...fromEnvironment.map((text) => ({ text, place: placeOfVariable(environment, 'PROXY_API_KEY') })), ...fromFile]
  const texts = new Set(entries.filter((entry) => isUsable(sources, entry)).map(({ text }) => text))
  return {
    proxyKeys: [...texts].map((text) => new Secret(text)),
    allowOpenAccess: setting(sources, 'ALLOW_OPEN_ACCESS', onOrOff) ?? file.content.access?.allow_open_access ?? false,
  }
}

function isUsable({ findings }: Sources, { text, place }: { readonly text: string; readonly place: Place }): boolean {
  if (text === '' || isPlaceholder(text)) {
    const message = text === '' ? 'The key is blank.' : 'This is a placeholder, not a key.'
    findings.problems.push({ ...place, message, remedy: 'Give a long random text, or remove it for open access.' })
    return false
  }
  if (isSendable(text)) return true
  findings.problems.push({ ...place, message: unsendableMessage, remedy: unsendableRemedy })
  return false
}

/** An address that only this machine reaches. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
