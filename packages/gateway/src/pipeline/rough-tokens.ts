/** How many tokens a call will use, roughly: what is set aside of a key's limits while it is under way. */
import type { Sketch } from '../dialects/dialect.ts'
import type { Operation } from '../domain/operation.ts'
import { bytesPerToken } from '../usage/estimate-usage.ts'

/** Callers ask for far more than answers are long: limits of 32,000 are common, answers of a thousand tokens are not. */
const mostExpected = 1000
/**
 * Where no limit is asked for. Answers of chats are a few hundred tokens; what an answer really used takes the place of this when it
 * ends, so that a guess on the low side costs a refusal at worst, and one on the high side closes a key that could have answered.
 */
const usuallyExpected = 400

/** The tokens of an answer; operations that are not here are not measured in tokens, or are not told by the size of the request. */
const answers: Partial<Readonly<Record<Operation, number>>> = {
  chat: usuallyExpected,
  complete: usuallyExpected,
  embed: 0,
  moderate: 0,
  rerank: 0,
}

/** undefined: nothing can be said. */
export function roughTokens({ bytes, maxTokens }: Pick<Sketch, 'bytes' | 'maxTokens'>, operation: Operation): number | undefined {
  const usual = answers[operation]
  if (usual === undefined) return undefined
  const answer = usual === 0 ? 0 : Math.min(maxTokens ?? usual, mostExpected)
  const share = mediaShare(bytes)
  // Of an image nobody but its provider knows how much it counts; a thousand is in the middle.
  const input = Math.ceil((bytes.length * (1 - share)) / bytesPerToken) + (share > 0 ? 1000 : 0)
  return input + answer
}

/** Smaller requests hold no image worth mentioning. */
const smallestBytes = 16 * 1024
const samples = 64
/** No text has words as long as this. */
const sampleBytes = 64

/** The part of the bytes that is base64, from a few looks at places spread evenly: it takes the same time for any size. */
function mediaShare(bytes: Buffer): number {
  if (bytes.length < smallestBytes) return 0
  const step = Math.floor((bytes.length - sampleBytes) / samples)
  let media = 0
  for (let sample = 0; sample < samples; sample++) if (isBase64(bytes, sample * step)) media++
  return media / samples
}

function isBase64(bytes: Buffer, from: number): boolean {
  for (let at = from; at < from + sampleBytes; at++) if (inBase64[bytes[at] ?? 0] !== 1) return false
  return true
}

/** 1 for what base64 is made of. */
const inBase64 = new Uint8Array(256)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=') inBase64[letter.charCodeAt(0)] = 1
