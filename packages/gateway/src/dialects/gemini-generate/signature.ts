/**
 * Signatures for a caller and back. Google's clients hold them as bytes and decode them from base64 on arrival: what is sealed has
 * to be base64 as well. Seals are written in characters that give neither `+` nor `/`, which some clients change on the way.
 */
import { encodedSealMark, seal, unseal } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'

export function signatureFor(opaque: Opaque): string {
  return Buffer.from(seal(opaque)).toString('base64')
}

export function readSignature(signature: string): Opaque {
  const text = signature.startsWith(encodedSealMark) ? Buffer.from(signature, 'base64').toString() : signature
  return unseal(text, 'gemini-generate')
}
