/** What each key and model has used since the start, in memory, for the quota page. */
import { inBatch } from '../domain/usage.ts'
import type { CallRecord, Usage } from '../domain/usage.ts'

export interface Consumed {
  readonly requests: number
  readonly successes: number
  readonly failures: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly outputTokens: number
}

type Counting = { -readonly [Name in keyof Consumed]: Consumed[Name] }

const nothing: Consumed = { requests: 0, successes: 0, failures: 0, inputTokens: 0, cacheReadTokens: 0, outputTokens: 0 }
/** Callers may name any model; past this many pairs of key and model the rest is counted together. */
const mostPairs = 10_000

export class Consumption {
  /** By provider, key, model. */
  readonly #byProvider = new Map<string, Map<string, Map<string, Counting>>>()
  #pairs = 0

  /** Counts a settled call: its attempts one by one, its tokens for the key that answered. */
  add(record: CallRecord): void {
    for (const { provider, keyId, model, reason, note } of record.attempts) {
      if (note === inBatch) continue
      const counting = this.#counting(provider, keyId, model)
      counting.requests++
      if (reason === undefined) counting.successes++
      else counting.failures++
    }
    const { usage, provider, keyId, model } = record
    if (usage === undefined || provider === undefined || keyId === undefined) return
    addUsage(this.#counting(provider, keyId, model ?? ''), usage)
  }

  /** By model. */
  of(provider: string, keyId: string): ReadonlyMap<string, Consumed> {
    return this.#byProvider.get(provider)?.get(keyId) ?? new Map<string, Consumed>()
  }

  #counting(provider: string, keyId: string, model: string): Counting {
    return this.#byProvider.get(provider)?.get(keyId)?.get(model) ?? this.#begin(provider, keyId, model)
  }

  #begin(provider: string, keyId: string, model: string): Counting {
    const models = innerMap(innerMap(this.#byProvider, provider), keyId)
    const name = this.#pairs < mostPairs ? model : '(others)'
    const known = models.get(name)
    if (known !== undefined) return known
    const counting = { ...nothing }
    models.set(name, counting)
    this.#pairs++
    return counting
  }
}

function innerMap<Inner>(outer: Map<string, Map<string, Inner>>, name: string): Map<string, Inner> {
  const known = outer.get(name)
  if (known !== undefined) return known
  const inner = new Map<string, Inner>()
  outer.set(name, inner)
  return inner
}

/** The sum of several. */
export function sumOf(all: Iterable<Consumed>): Consumed {
  const sum: Counting = { ...nothing }
  for (const each of all) {
    sum.requests += each.requests
    sum.successes += each.successes
    sum.failures += each.failures
    sum.inputTokens += each.inputTokens
    sum.cacheReadTokens += each.cacheReadTokens
    sum.outputTokens += each.outputTokens
  }
  return sum
}

function addUsage(counting: Counting, usage: Usage): void {
  counting.inputTokens += usage.inputTokens + usage.cacheWriteTokens
  counting.cacheReadTokens += usage.cacheReadTokens
  counting.outputTokens += usage.outputTokens
}
