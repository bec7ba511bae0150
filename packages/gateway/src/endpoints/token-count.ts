/** `POST /v1/token-count`: about how many tokens messages, texts and tools are for a model. */
import { badField } from '../dialects/sketch-json.ts'
import { isRecord, parseJson, textIn } from '../dialects/wire.ts'
import { refuse } from '../domain/failure.ts'
import { writeJson } from '../http/write-reply.ts'
import type { CountableTurn } from '../tokens/count-request.ts'
import { countRequest } from '../tokens/count-request.ts'
import { countTokens } from '../tokens/count-tokens.ts'
import { countableTools, countableTurns } from './countable.ts'
import type { OwnEndpoint } from './endpoint.ts'

export const tokenCount: OwnEndpoint = {
  kind: 'own',
  method: 'POST',
  path: '/token-count',
  access: 'key',
  answer: async (call, rooms) => {
    const ask = readBodyObject(await rooms.readBody(call))
    const model = modelIn(ask)
    const count = await countOf(ask, rooms.facts.targetOf(model).model)
    writeJson(call, 200, JSON.stringify({ model, token_count: count, is_estimate: true }))
  },
}

/** @throws RefusedCall (400). */
export function readBodyObject(body: Buffer): Readonly<Record<string, unknown>> {
  const ask = parseJson(body.toString())
  if (!isRecord(ask)) throw refuse('bad-request', 'The body must be a JSON object.')
  return ask
}

/** @throws RefusedCall (400). */
export function modelIn(ask: Readonly<Record<string, unknown>>): string {
  const model = textIn(ask['model'])
  if (model === undefined) throw badField('model', '`model` must be the name of a model.')
  return model
}

async function countOf(ask: Readonly<Record<string, unknown>>, model: string): Promise<number> {
  const { messages, text, input, tools = [] } = ask
  if (!Array.isArray(tools)) throw badField('tools', '`tools` must be a list.')
  if (messages !== undefined && !Array.isArray(messages)) throw badField('messages', '`messages` must be a list.')
  const given = messages ?? text ?? input
  if (typeof given === 'string' && tools.length === 0) return countTokens(given, model)
  return countRequest({ turns: turnsIn(given), tools: countableTools(tools) }, model)
}

function turnsIn(given: unknown): readonly CountableTurn[] {
  if (typeof given === 'string') return countableTurns([given])
  if (Array.isArray(given)) return countableTurns(given)
  throw badField('messages', 'Give `messages` as a list, or `text` or `input` as a text.')
}
