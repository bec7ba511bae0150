/** The list of models in Anthropic's shape, for callers that name its version: the SDKs, Claude Code, and pages that speak to Claude. */
import type { IncomingHttpHeaders } from 'node:http'
import { refuse } from '../domain/failure.ts'
import type { ModelCard } from '../fleet/model-cards.ts'

export function asksAsAnthropic(headers: IncomingHttpHeaders): boolean {
  return headers['anthropic-version'] !== undefined
}

/** Claude Code shows only models whose names begin like this; every other has a second name, under which it can be asked for too. */
const shownToClaudeCode = /^(?:claude|anthropic)/i
const prefix = 'anthropic/'

/** The name without what was put before it for Claude Code. */
export function withoutPrefix(id: string): string {
  return id.startsWith(prefix) ? id.slice(prefix.length) : id
}

export interface AnthropicModel {
  readonly type: 'model'
  readonly id: string
  readonly display_name: string
  /** RFC 3339. */
  readonly created_at: string
}

export function anthropicModel({ id, description, created }: ModelCard, name: string = id): AnthropicModel {
  return { type: 'model', id: name, display_name: description ?? id, created_at: new Date(created * 1000).toISOString() }
}

export interface AnthropicPage {
  readonly data: readonly AnthropicModel[]
  readonly has_more: boolean
  readonly first_id: string | null
  readonly last_id: string | null
}

/** @throws RefusedCall (400) for a limit that is none. */
export function anthropicPage(cards: readonly ModelCard[], query: string): AnthropicPage {
  const asked = new URLSearchParams(query)
  const others = cards.filter(({ id }) => !shownToClaudeCode.test(id))
  const models = [...cards.map((card) => anthropicModel(card)), ...others.map((card) => anthropicModel(card, prefix + card.id))]
  const { page, hasMore } = cut(models, asked, limitIn(asked) ?? models.length)
  return { data: page, has_more: hasMore, first_id: page[0]?.id ?? null, last_id: page.at(-1)?.id ?? null }
}

function cut(
  models: readonly AnthropicModel[],
  asked: URLSearchParams,
  limit: number,
): { page: readonly AnthropicModel[]; hasMore: boolean } {
  const before = asked.get('before_id')
  if (before !== null) {
    const end = Math.max(
      0,
      models.findIndex(({ id }) => id === before),
    )
    return { page: models.slice(Math.max(0, end - limit), end), hasMore: end > limit }
  }
  const after = asked.get('after_id')
  const found = models.findIndex(({ id }) => id === after)
  // Behind a name that is not there any more comes nothing: beginning again would never end.
  const start = after === null ? 0 : found === -1 ? models.length : found + 1
  return { page: models.slice(start, start + limit), hasMore: start + limit < models.length }
}

/** All of them where nothing is said: not everybody who asks reads on. */
function limitIn(asked: URLSearchParams): number | undefined {
  const text = asked.get('limit')
  if (text === null) return undefined
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit
  throw refuse('bad-request', '`limit` must be a whole number from 1 to 1000.', { param: 'limit' })
}
