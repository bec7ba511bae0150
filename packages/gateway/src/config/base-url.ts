/** The address of a provider. */
import type { Reading } from './settings.ts'

const expected = 'an address such as https://api.example.org/v1'

/** http or https, without a slash at the end, without anything secret or temporary in it. */
export function readBaseUrl(text: string): Reading<string> {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol)) return { ok: false, expected }
  if (url.username !== '' || url.password !== '') return { ok: false, expected: `${expected}, with the key in <NAME>_API_KEY or keys` }
  if (url.search !== '' || url.hash !== '' || /[?#]$/.test(text))
    return { ok: false, expected: `${expected}, without anything after ? or #` }
  return { ok: true, value: url.href.replace(/\/+$/, '') }
}
