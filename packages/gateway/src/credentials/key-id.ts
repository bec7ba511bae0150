/** A key's public name. */
import { createHash } from 'node:crypto'
import type { Secret } from '../domain/secret.ts'

/** The first 12 hex digits of the key's SHA-256: the same on every machine and after every restart, and not the key. */
export function keyId(secret: Secret): string {
  return createHash('sha256').update(secret.reveal()).digest('hex').slice(0, 12)
}
