/** One canonical path, computed once: the router and the access check see the same text, never the raw target. */

export interface CanonicalTarget {
  /** Decoded, `//` collapsed, no slash at the end but for `/` itself. */
  readonly path: string
  /** Raw text behind the `?`, empty without one. */
  readonly query: string
}

/** An encoded slash means something only inside a model's name, behind this. */
const mayHoldEncodedSlash = /^(?:\/v1(?:beta)?)?\/models\//

/**
 * The canonical form of a request target (RFC 9112 section 3.2, origin-form only), or why it is refused.
 * Dot segments, backslashes, NUL and other control characters, bad escapes and absolute-form are refused, not repaired:
 * whatever stands in front of us may have read them differently.
 */
export function canonicalTarget(raw: string): CanonicalTarget | { readonly refused: string } {
  if (!raw.startsWith('/')) return { refused: 'The request target must be a path such as /v1/models.' }
  const question = raw.indexOf('?')
  const rawPath = question === -1 ? raw : raw.slice(0, question)
  const query = question === -1 ? '' : raw.slice(question + 1)
  if (isPlain(rawPath)) return { path: withoutTrailingSlash(rawPath), query }
  const path = decodePath(rawPath)
  return path === undefined ? { refused: 'The path holds characters or segments that are not allowed.' } : { path, query }
}

/** Letters, digits and the usual marks, no dot segment, no double slash: nearly every request. */
function isPlain(path: string): boolean {
  return /^[\w/:@~-]*$/.test(path) && !path.includes('//')
}

function decodePath(rawPath: string): string | undefined {
  if (/[#\\\p{Cc} ]/u.test(rawPath)) return undefined
  const collapsed = rawPath.replace(/\/{2,}/g, '/')
  const segments = collapsed.split('/')
  const decoded: string[] = []
  for (const segment of segments) {
    const text = decodeSegment(segment)
    if (text === undefined || isForbidden(text)) return undefined
    if (text.includes('/') && !mayHoldEncodedSlash.test(`${decoded.join('/')}/`)) return undefined
    decoded.push(text)
  }
  return withoutTrailingSlash(decoded.join('/'))
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Dot segments also when the slash beside them was encoded. */
function isForbidden(text: string): boolean {
  return /[\\\p{Cc}]/u.test(text) || text.split('/').some((part) => part === '.' || part === '..')
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}
