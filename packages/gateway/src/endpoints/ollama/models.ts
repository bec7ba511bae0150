/** `GET /api/tags` and `POST /api/show`: the models as Ollama lists its own. */
import { withoutLatest } from '../../dialects/ollama/sketch.ts'
import { isRecord, parseJson, textIn } from '../../dialects/wire.ts'
import { refuse } from '../../domain/failure.ts'
import type { ModelCard } from '../../fleet/model-cards.ts'
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint, OwnRooms } from '../endpoint.ts'

export const ollamaTags: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/tags',
  access: 'key',
  rootOnly: true,
  answer: async (call, rooms) => {
    const cards = await rooms.models.list()
    writeJson(call, 200, JSON.stringify({ models: cards.map(entryOf) }))
  },
}

export const ollamaShow: OwnEndpoint = {
  kind: 'own',
  method: 'POST',
  path: '/api/show',
  access: 'key',
  rootOnly: true,
  answer: async (call, rooms) => {
    const json = parseJson((await rooms.readBody(call)).toString())
    const asked = isRecord(json) ? (textIn(json['model']) ?? textIn(json['name'])) : undefined
    if (asked === undefined) throw refuse('bad-request', '`model` is missing.', { param: 'model' })
    const card = await cardOf(withoutLatest(asked), rooms)
    writeJson(call, 200, JSON.stringify(factsOf(card, rooms)))
  },
}

async function cardOf(id: string, { models, nearestNames }: OwnRooms): Promise<ModelCard> {
  const known = models.card(id)
  if (known !== undefined) return known
  await models.list()
  const card = models.card(id)
  if (card !== undefined) return card
  const [nearest] = nearestNames(id)
  throw refuse('unknown-model', `model '${id}' not found${nearest === undefined ? '' : `, did you mean '${nearest}'?`}`)
}

/** Ollama's names always have a tag, and clients put one where there is none. */
function taggedName(id: string): string {
  return id.includes(':') ? id : `${id}:latest`
}

/** Weights lie elsewhere: sizes and digests are those of nothing. */
function entryOf({ id, created, owned_by: family }: ModelCard): Record<string, unknown> {
  const name = taggedName(id)
  return { name, model: name, modified_at: timeOf(created), size: 0, digest: '', details: detailsOf(family) }
}

function detailsOf(family: string): Record<string, unknown> {
  return { parent_model: '', format: '', family, families: [family], parameter_size: '', quantization_level: '' }
}

/** What most models can; one that cannot says so when it is asked. Clients hide tools from models that do not list them. */
const capabilities = ['completion', 'tools', 'vision'] as const

function factsOf({ id, created, owned_by: family }: ModelCard, { contextTokens }: OwnRooms): Record<string, unknown> {
  const context = contextTokens(id)
  return {
    license: '',
    modelfile: '',
    parameters: '',
    template: '',
    details: detailsOf(family),
    model_info: { 'general.architecture': family, ...(context !== undefined && { [`${family}.context_length`]: context }) },
    capabilities,
    modified_at: timeOf(created),
  }
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
