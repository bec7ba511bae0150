/** What callers do with a generation of theirs while it runs, by the `genkey` they gave it: look at its text, and end it. */
import { isRecord, parseJson, textIn } from '../../dialects/wire.ts'
import type { Call } from '../../http/call.ts'
import { writeJson } from '../../http/write-reply.ts'
import type { Generation } from '../../pipeline/generations.ts'
import type { OwnEndpoint, OwnRooms } from '../endpoint.ts'
import { refuse } from '../../domain/failure.ts'

type Answer = (generation: Generation | undefined) => unknown

function running(method: 'GET' | 'POST', path: string, answer: Answer): OwnEndpoint {
  return {
    kind: 'own',
    method,
    path,
    access: 'key',
    rootOnly: true,
    answer: async (call, rooms) => writeJson(call, 200, JSON.stringify(answer(await named(call, rooms)))),
  }
}

const textSoFar: Answer = (generation) => ({ results: [{ text: generation?.text ?? '' }] })

export const koboldRunning: readonly OwnEndpoint[] = [
  running('GET', '/api/extra/generate/check', textSoFar),
  running('POST', '/api/extra/generate/check', textSoFar),
  // The values are texts, as KoboldCpp writes them.
  running('POST', '/api/extra/abort', (generation) => {
    const ended = generation?.end() ?? false
    return { success: String(ended), done: String(generation !== undefined) }
  }),
  running('POST', '/api/extra/last_logprobs', (generation) => {
    const content = generation?.logprobs ?? []
    return { logprobs: content.length === 0 ? null : { content } }
  }),
]

/** One without a name is found by no name. Another caller's is never found. */
async function named(call: Call, rooms: OwnRooms): Promise<Generation | undefined> {
  const told = call.method === 'POST' ? readObject(await rooms.readBody(call))['genkey'] : new URLSearchParams(call.query).get('genkey')
  return rooms.generations.find(rooms.callerOf(call), textIn(told) ?? '')
}

/** Some clients send no body at all. @throws RefusedCall (400) for one that is no JSON object. */
export function readObject(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {}
  const json = parseJson(body.toString())
  if (!isRecord(json)) throw refuse('bad-request', 'The body must be a JSON object.', { code: 'invalid_json' })
  return json
}
