/** Token counts as Anthropic gives them: every class by itself, told again and again while the answer grows. */
import type { Usage } from '../../domain/usage.ts'
import { isRecord } from '../wire.ts'

/** Past this a count is junk: no call consumes a trillion tokens. */
const mostTokens = 1e12

const fields = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'output_tokens'] as const

/**
 * Listens to every `usage` of an answer. Each is the count so far, and a later one may correct an earlier one in both directions:
 * the last word on each field counts (2,479 input tokens became 404,500 after ten searches that the vendor ran by itself).
 */
export class AnthropicUsage {
  readonly #last = new Map<string, number>()
  #iterations: readonly Record<string, unknown>[] = []
  #thinking = 0
  #writtenForAnHour = 0

  hear(usage: unknown): void {
    if (!isRecord(usage)) return
    for (const field of fields) {
      const count = tokens(usage[field])
      if (count !== undefined) this.#last.set(field, count)
    }
    const { iterations } = usage
    if (Array.isArray(iterations) && iterations.length > 0) this.#iterations = iterations.filter(isRecord)
    this.#thinking = detail(usage, 'output_tokens_details', 'thinking_tokens') ?? this.#thinking
    this.#writtenForAnHour = detail(usage, 'cache_creation', 'ephemeral_1h_input_tokens') ?? this.#writtenForAnHour
  }

  /** undefined: nobody has counted. */
  get usage(): Usage | undefined {
    if (this.#last.size === 0) return undefined
    const cacheWriteTokens = this.#sum('cache_creation_input_tokens')
    const outputTokens = this.#sum('output_tokens')
    const usage = {
      inputTokens: this.#sum('input_tokens'),
      cacheReadTokens: this.#sum('cache_read_input_tokens'),
      cacheWriteTokens,
      outputTokens,
      reasoningTokens: Math.min(this.#thinking, outputTokens),
      source: 'provider',
    } as const
    // Zeros all over come from servers that do not count.
    if (usage.inputTokens + usage.cacheReadTokens + cacheWriteTokens + outputTokens === 0) return undefined
    const forAnHour = Math.min(this.#writtenForAnHour, cacheWriteTokens)
    return forAnHour === 0 ? usage : { ...usage, cacheWriteHourTokens: forAnHour }
  }

  /** The vendor may have sampled several times for one answer (compaction, fallback); the top level then tells only of the last. */
  #sum(field: string): number {
    if (this.#iterations.length === 0) return this.#last.get(field) ?? 0
    let sum = 0
    for (const iteration of this.#iterations) sum += tokens(iteration[field]) ?? 0
    return sum
  }
}

/** The counts of a whole answer. */
export function usageFromAnthropic(usage: unknown): Usage | undefined {
  const heard = new AnthropicUsage()
  heard.hear(usage)
  return heard.usage
}

const unknown: Usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'provider' }

/** As callers know it. Numbers must be there, also where nobody has counted: the SDKs' readers rely on them. */
export function anthropicUsage(usage: Usage = unknown): Record<string, unknown> {
  const { cacheWriteTokens, cacheWriteHourTokens: forAnHour = 0, reasoningTokens } = usage
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    ...(forAnHour > 0 && {
      cache_creation: { ephemeral_5m_input_tokens: cacheWriteTokens - forAnHour, ephemeral_1h_input_tokens: forAnHour },
    }),
    output_tokens: usage.outputTokens,
    ...(reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  }
}

function detail(usage: Record<string, unknown>, group: string, name: string): number | undefined {
  const details = usage[group]
  return isRecord(details) ? tokens(details[name]) : undefined
}

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens ? value : undefined
}
