/** Small readers for values that came off the wire: `unknown` until looked at. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that says something, or undefined. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

const byteOrderMark = '\uFEFF'

/** JSON, or undefined where it is none. Some servers put a byte order mark in front, which means nothing (RFC 8259 8.1). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text)
  } catch {
    return undefined
  }
}

/**
 * JSON without raw U+2028, U+2029 and U+0085: some readers take them inside an event for the end of a line and lose it
 * (Kobold Lite, SillyTavern, httpx). Written as escapes they mean the same and survive.
 */
export function escapeSeparators(json: string): string {
  return json.replace(/[\u2028\u2029\u0085]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
