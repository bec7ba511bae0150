/** `POST /api/extra/tokencount`: how many tokens a prompt has, estimated for the model that would answer it. */
import { badField } from '../../dialects/sketch-json.ts'
import { writeJson } from '../../http/write-reply.ts'
import { countTokens } from '../../tokens/count-tokens.ts'
import type { OwnEndpoint } from '../endpoint.ts'
import { readObject } from './running.ts'

export const koboldTokenCount: OwnEndpoint = {
  kind: 'own',
  method: 'POST',
  path: '/api/extra/tokencount',
  access: 'key',
  rootOnly: true,
  answer: async (call, rooms) => {
    const { prompt } = readObject(await rooms.readBody(call))
    if (typeof prompt !== 'string') throw badField('prompt', '`prompt` must be a text.')
    const value = await countTokens(prompt, rooms.defaultModel() ?? '')
    // Each model has ids of its own, and nobody tells them: none are better than wrong ones.
    writeJson(call, 200, JSON.stringify({ value, ids: [] }))
  },
}
