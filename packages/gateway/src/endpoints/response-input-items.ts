/** `GET /v1/responses/{id}/input_items`: what was asked for a kept answer, a page at a time. */
import { createHash } from 'node:crypto'
import { refuse } from '../domain/failure.ts'
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'
import { keptResponse } from './response-kept.ts'

const usualLimit = 20
const highestLimit = 100

export const responseInputItems: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/responses/{id}/input_items',
  access: 'key',
  answer: async (call, rooms, id) => {
    const page = pageIn(call.query)
    const { input } = await keptResponse(call, rooms, id)
    writeJson(call, 200, JSON.stringify(pageOf(itemsIn(input, id), page)))
  },
}

interface Item {
  readonly id: string
  readonly type: unknown
}

interface Page {
  readonly limit: number
  readonly newestFirst: boolean
  readonly after: string | undefined
}

/** @throws RefusedCall 400. */
function pageIn(query: string): Page {
  const fields = new URLSearchParams(query)
  const limit = Number(fields.get('limit') ?? usualLimit)
  if (!Number.isInteger(limit) || limit < 1 || limit > highestLimit)
    throw refuse('bad-request', `\`limit\` must be a whole number from 1 to ${highestLimit}.`, { param: 'limit' })
  return { limit, newestFirst: fields.get('order') !== 'asc', after: fields.get('after') ?? undefined }
}

/** Items that came without an id get one that is always the same. */
function itemsIn(input: string, responseId: string): readonly Item[] {
  const list: unknown = JSON.parse(input)
  const items: readonly unknown[] = Array.isArray(list) ? list : []
  return items.map((item, at) => namedItem(item, madeId(responseId, at)))
}

function namedItem(item: unknown, made: string): Item {
  const fields: Readonly<Record<string, unknown>> = typeof item === 'object' && item !== null ? { ...item } : {}
  const { id, type = 'message' } = fields
  return { ...fields, type, id: typeof id === 'string' && id !== '' ? id : made }
}

function madeId(responseId: string, at: number): string {
  return `msg_${createHash('sha256').update(`${responseId} ${at}`).digest('hex').slice(0, 40)}`
}

function pageOf(items: readonly Item[], { limit, newestFirst, after }: Page): object {
  const ordered = newestFirst ? items.toReversed() : items
  const from = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  const data = ordered.slice(from, from + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + limit < ordered.length,
  }
}
