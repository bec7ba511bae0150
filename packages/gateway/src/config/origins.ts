/** Which web pages may call: origins, exactly as browsers send them. */
import type { Findings, Place } from './problem.ts'

/** Origins in the browser's own form. `*` works, with a warning; what no browser sends is a problem. */
export function readOrigins(entries: readonly { readonly text: string; readonly place: Place }[], findings: Findings): readonly string[] {
  const origins = new Set<string>()
  for (const { text, place } of entries) {
    const origin = canonical(text.trim())
    if (typeof origin === 'string') origins.add(origin)
    else findings.problems.push({ ...place, message: 'This is no origin of a web page.', remedy: origin.remedy })
  }
  if (origins.has('*'))
    findings.warnings.push('CORS origin *: every web page that is open in your browser may call the gateway. Name the pages instead.')
  return [...origins]
}

const usual = 'Write scheme, host and port only, such as https://lite.koboldai.net.'

function canonical(text: string): string | { readonly remedy: string } {
  if (text === '*' || text.toLowerCase() === 'null') return text.toLowerCase()
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s*,]+)\/?$/i.exec(text) ?? []
  if (scheme === undefined || authority === undefined) {
    return { remedy: text.startsWith('file:') ? 'Pages from a file send null: write null.' : usual }
  }
  // Other schemes, such as chrome-extension, have no canonical form of their own beyond letter case.
  if (!/^https?$/i.test(scheme)) return `${scheme}://${authority}`.toLowerCase()
  return URL.parse(text)?.origin ?? { remedy: usual }
}
