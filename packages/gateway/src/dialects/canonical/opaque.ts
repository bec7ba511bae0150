/**
 * Values that only their vendor understands: signatures of thinking, encrypted reasoning. They go back to where they came
 * from and nowhere else. Through a caller's dialect they travel sealed: a text that says where its content belongs.
 */
import type { DialectName } from '../../domain/operation.ts'
import { isRecord, parseJson } from '../wire.ts'

/** Where an opaque value was made. */
export interface Origin {
  readonly dialect: DialectName
  /** Absent where a caller brought it that had talked to the vendor itself. */
  readonly provider?: string
  readonly model?: string
  /** The hashed id of the key; encrypted reasoning can only be read by the account that made it. */
  readonly keyId?: string
}

export interface Opaque {
  readonly origin: Origin
  /** As the vendor wrote it; empty where thinking came without anything to give back. */
  readonly data: string
  /** A second text that belongs to it, such as the id of a reasoning item. */
  readonly id?: string
  /** The vendor hid the thinking itself and gave only this. */
  readonly redacted?: boolean
}

/** What a sealed text begins with. */
export const sealMark = 'kw1.'

/** What a seal begins with that was written in base64 once more, for clients that decode it as bytes (Google's). */
export const encodedSealMark = 'a3cxLmV5'

/** Whether a body holds sealed values: then its bytes cannot go on as they are. */
export function holdsSeal(body: Buffer): boolean {
  return body.includes(plainMark) || body.includes(encodedMark)
}

const plainMark = Buffer.from(`"${sealMark}`)
const encodedMark = Buffer.from(`"${encodedSealMark}`)

export function seal(opaque: Opaque): string {
  return sealMark + Buffer.from(JSON.stringify(opaque)).toString('base64url')
}

/** What a text was sealed from; a text that nobody sealed is the vendor's own, from a caller that talked to it directly. */
export function unseal(text: string, dialect: DialectName): Opaque {
  if (text.startsWith(sealMark)) {
    const json = parseJson(Buffer.from(text.slice(sealMark.length), 'base64url').toString())
    if (isOpaque(json)) return json
  }
  return { origin: { dialect }, data: text }
}

function isOpaque(json: unknown): json is Opaque {
  return isRecord(json) && typeof json['data'] === 'string' && isRecord(json['origin']) && typeof json['origin']['dialect'] === 'string'
}

/** Dialects whose opaque values are one vendor's: what one gives, the others take. */
const families: readonly ReadonlySet<DialectName>[] = [new Set<DialectName>(['anthropic-messages', 'bedrock-converse'])]
/** Dialects that many vendors speak: there only the same provider can read its values again. */
const shared: ReadonlySet<DialectName> = new Set(['openai-chat', 'openai-responses', 'mistral-chat', 'ollama-chat', 'cohere-chat'])

/** Where a value is about to go. */
export interface Destination {
  readonly dialect: DialectName
  readonly provider: string
}

/** Whether the value may be sent there. An empty one is worth nothing anywhere. */
export function belongsTo({ origin, data }: Opaque, { dialect, provider }: Destination): boolean {
  if (data === '') return false
  const sameFamily = origin.dialect === dialect || families.some((family) => family.has(origin.dialect) && family.has(dialect))
  if (!sameFamily) return false
  return origin.provider === undefined || origin.provider === provider || !shared.has(dialect)
}
