/** The IETF's `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): `"burst";r=50;t=30`, `"burst";q=100;w=60`. */
import type { LimitReading } from '@keywheel/keyring'

/** Longer fields than any list of limits needs are not read. */
const longestField = 500

/** The limits that the two fields tell of; none where they are doubled or malformed. */
export function readDraftLimits(headers: Readonly<Record<string, string | string[] | undefined>>): readonly LimitReading[] {
  const policies = new Map(itemsIn(headers['ratelimit-policy']))
  return itemsIn(headers['ratelimit'])
    .map(([name, told]) => readingOf(told, policies.get(name) ?? {}))
    .filter((reading) => reading !== undefined)
}

type Parameters = Readonly<Record<string, string>>

/** What the quota units of a policy are here; requests unless it says so. Bytes and calls at one time are no limits of these. */
const countsOf: Readonly<Record<string, LimitReading['counts']>> = { requests: 'requests', tokens: 'tokens' }

function readingOf(told: Parameters, policy: Parameters): LimitReading | undefined {
  const counts = countsOf[policy['qu'] ?? 'requests']
  const remaining = whole(told['r'])
  if (counts === undefined || remaining === undefined) return undefined
  const seconds = whole(told['t'])
  const limit = whole(policy['q'])
  const windowSeconds = whole(policy['w'])
  return {
    counts,
    of: 'model',
    refills: 'at-reset',
    remaining,
    ...(seconds !== undefined && { resetInMs: seconds * 1000 }),
    ...(limit !== undefined && limit > 0 && { limit }),
    ...(windowSeconds !== undefined && windowSeconds > 0 && { windowMs: windowSeconds * 1000 }),
  }
}

/** Up to a month of seconds and a thousand million requests. */
function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

const item = /("[^"]{0,64}"|[a-z*][\w*.-]{0,63})((?:; ?[a-z]{1,8}=(?:"[^"]{0,64}"|[\w:?=+./-]{1,64}))*)/gi
const parameter = /; ?([a-z]{1,8})=(?:"([^"]{0,64})"|([\w:?=+./-]{1,64}))/gi

function itemsIn(field: string | string[] | undefined): (readonly [name: string, told: Parameters])[] {
  if (typeof field !== 'string' || field.length > longestField) return []
  return [...field.matchAll(item)].map(([, name = '', told = '']) => [name, parametersIn(told)] as const)
}

function parametersIn(text: string): Parameters {
  return Object.fromEntries([...text.matchAll(parameter)].map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]))
}
