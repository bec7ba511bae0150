/** Log probabilities between Gemini's form and OpenAI's, which is the canonical one. */
import { isRecord } from '../wire.ts'
import { fieldOf, numberIn, recordIn, recordsIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'

/** From `logprobsResult`; empty where it tells none. */
export function logprobsFrom(candidate: Fields): readonly unknown[] {
  const result = recordIn(candidate, 'logprobsResult')
  if (result === undefined) return []
  const alternatives = recordsIn(result, 'topCandidates')
  return recordsIn(result, 'chosenCandidates').map((chosen, at) => entryOf(chosen, recordsIn(alternatives[at] ?? {}, 'candidates')))
}

interface Entry {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
}

function entryOf(chosen: Fields, alternatives: readonly Fields[]): Entry & { readonly top_logprobs: readonly Entry[] } {
  const { token, logprob, bytes } = tokenOf(chosen)
  return { token, logprob, bytes, top_logprobs: alternatives.map(tokenOf) }
}

function tokenOf(candidate: Fields): Entry {
  const token = stringIn(candidate, 'token') ?? ''
  return { token, logprob: numberIn(candidate, 'logProbability') ?? 0, bytes: [...Buffer.from(token)] }
}

/** `logprobsResult` for a caller. */
export function logprobsTo(content: readonly unknown[]): object {
  const tokens = content.filter(isRecord)
  return {
    chosenCandidates: tokens.map(candidateOf),
    topCandidates: tokens.map((token) => ({ candidates: recordsIn(token, 'top_logprobs').map(candidateOf) })),
  }
}

function candidateOf(entry: Fields): object {
  return { token: stringIn(entry, 'token') ?? '', logProbability: fieldOf(entry, 'logprob') ?? 0 }
}
