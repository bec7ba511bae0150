/** `GET /v1beta/models` and `GET /v1beta/models/{id}`: the models as Google lists its own. */
import type { IncomingHttpHeaders } from 'node:http'
import { withoutPrefix } from '../../dialects/gemini-generate/sketch.ts'
import { refuse } from '../../domain/failure.ts'
import type { ModelCard } from '../../fleet/model-cards.ts'
import type { Call } from '../../http/call.ts'
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint, OwnRooms } from '../endpoint.ts'

export const geminiModels: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/v1beta/models',
  access: 'key',
  rootOnly: true,
  answer: listGeminiModels,
}

export const geminiModel: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/v1beta/models/{id}',
  access: 'key',
  rootOnly: true,
  answer: showGeminiModel,
}

/** Google's clients ask for their list where OpenAI's do as well; this header is theirs alone. */
export function asksAsGemini(headers: IncomingHttpHeaders): boolean {
  return headers['x-goog-api-client'] !== undefined
}

export async function listGeminiModels(call: Call, rooms: OwnRooms): Promise<void> {
  const cards = await rooms.models.list()
  const { page, nextPageToken } = pageOf(cards, new URLSearchParams(call.query))
  const models: object[] = []
  // One after the other: the first of each provider waits for its data, the others find them.
  for (const card of page) models.push(await entryOf(card, rooms))
  writeJson(call, 200, JSON.stringify({ models, ...(nextPageToken !== undefined && { nextPageToken }) }))
}

export async function showGeminiModel(call: Call, rooms: OwnRooms, id: string): Promise<void> {
  const name = withoutPrefix(id)
  const card = rooms.models.card(name) ?? (await rooms.models.list().then(() => rooms.models.card(name)))
  if (card === undefined) throw unknown(name, rooms.nearestNames(name))
  writeJson(call, 200, JSON.stringify(await entryOf(card, rooms)))
}

interface Page {
  readonly page: readonly ModelCard[]
  /** The last name of this page; absent: there are no more. */
  readonly nextPageToken?: string
}

/** All of them where no size is asked for: not everybody who asks reads on. */
function pageOf(cards: readonly ModelCard[], asked: URLSearchParams): Page {
  const token = asked.get('pageToken') ?? ''
  const found = cards.findIndex(({ id }) => id === token)
  if (token !== '' && found === -1) throw badPage('pageToken', '`pageToken` is not one that was given out here, or its model is gone.')
  const start = found + 1
  const page = cards.slice(start, start + (sizeIn(asked) ?? cards.length))
  const last = page.at(-1)
  return last === undefined || last === cards.at(-1) ? { page } : { page, nextPageToken: last.id }
}

function sizeIn(asked: URLSearchParams): number | undefined {
  const text = asked.get('pageSize') ?? ''
  if (text === '' || text === '0') return undefined
  const size = Number(text)
  if (!Number.isInteger(size) || size < 1) throw badPage('pageSize', '`pageSize` must be a whole number of at least 1.')
  return size
}

function badPage(param: string, message: string): Error {
  return refuse('bad-request', message, { param })
}

const chatMethods = ['generateContent', 'streamGenerateContent', 'countTokens'] as const
const embeddingMethods = ['embedContent', 'batchEmbedContents'] as const

/** Lists of models do not say what each can do; clients offer only those for chat that list the method. Names tell best. */
async function entryOf(card: ModelCard, { facts }: OwnRooms): Promise<object> {
  const { context_length: input, max_output_tokens: output } = await facts.enrich(card)
  return {
    name: `models/${card.id}`,
    displayName: card.id,
    ...(card.description !== undefined && { description: card.description }),
    ...(input !== null && { inputTokenLimit: input }),
    ...(output !== null && { outputTokenLimit: output }),
    supportedGenerationMethods: /embed/i.test(card.id) ? embeddingMethods : chatMethods,
  }
}

function unknown(id: string, nearest: readonly string[]): Error {
  const hint = nearest.length === 0 ? 'See GET /v1beta/models.' : `Did you mean ${nearest.map((name) => `\`${name}\``).join(', ')}?`
  return refuse('unknown-model', `There is no model \`${id}\`. ${hint}`, { param: 'model' })
}
