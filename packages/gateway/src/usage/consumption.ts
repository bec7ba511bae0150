/** What each key and model has used since the start, in memory, for the quota page. */
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
  readonly #byKey = new Map<string, Map<string, Counting>>()
  #pairs = 0

  /** Counts a settled call: its attempts one by one, its tokens for the key that answered. */
  add(record: CallRecord): void {
    for (const attempt of record.attempts) {
      const counting = this.#counting(attempt.provider, attempt.keyId, attempt.model)
      counting.requests++
      if (attempt.reason === undefined) counting.successes++
      else counting.failures++
    }
    if (record.usage === undefined || record.provider === undefined || record.keyId === undefined) return
    addUsage(this.#counting(record.provider, record.keyId, record.model ?? ''), record.usage)
  }

  /** By model. */
  of(provider: string, keyId: string): ReadonlyMap<string, Consumed> {
    return this.#byKey.get(nameOf(provider, keyId)) ?? new Map<string, Consumed>()
  }

  #counting(provider: string, keyId: string, model: string): Counting {
    const key = nameOf(provider, keyId)
    const models = this.#byKey.get(key) ?? new Map<string, Counting>()
    this.#byKey.set(key, models)
    const name = models.has(model) || this.#pairs < mostPairs ? model : '(others)'
    const known = models.get(name)
    if (known !== undefined) return known
    const counting = { ...nothing }
    models.set(name, counting)
    this.#pairs++
    return counting
  }
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

function nameOf(provider: string, keyId: string): string {
  return `${provider} ${keyId}`
}
