/** Which texts can be a key at all. */

/** Printable Latin-1 without line breaks, tabs and NUL: what an HTTP header can carry (RFC 9110, 5.5). */
const headerText = /^[\u0020-\u007E\u00A0-\u00FF]+$/

/** Whether the text can travel in a header. A key that cannot would break the request, or smuggle in a header of its own. */
export function isUsableKey(text: string): boolean {
  return headerText.test(text) && text.trim() === text
}
