/** What Kobold Lite and others ask for when they connect: the model, versions, limits. Clients switch features on by the versions. */
import { writeJson } from '../../http/write-reply.ts'
import type { Call } from '../../http/call.ts'
import { noModelYet } from '../../dialects/kobold/sketch.ts'
import type { OwnEndpoint, OwnRooms } from '../endpoint.ts'

type Answer = (rooms: OwnRooms, call: Call) => unknown

function fact(path: string, answer: Answer, access: 'open' | 'key' = 'key'): OwnEndpoint {
  return {
    kind: 'own',
    method: 'GET',
    path,
    access,
    rootOnly: true,
    answer: async (call, rooms) => writeJson(call, 200, JSON.stringify(await answer(rooms, call))),
  }
}

/** The interface of KoboldAI that is served; from 1.2.4 on clients send what they want to stop at and at the end of a text. */
const apiVersion = '1.2.5'
/** The KoboldCpp that is played; streams, abort, memory and chat templates are all used from 1.104 on. */
const koboldCppVersion = '1.116'
/** Nearly every model behind an API has at least this much, and Lite offers its user no more than it is told. */
const usualContextTokens = 32_768
const usualAnswerTokens = 1024

/** Switched off is what has an endpoint of KoboldCpp's own that is not served here. Images go along with a prompt. */
const features = {
  txt2img: false,
  vision: true,
  audio: false,
  transcribe: false,
  multiplayer: false,
  websearch: false,
  tts: false,
  embeddings: false,
  music: false,
  savedata: false,
  admin: 0,
  router: false,
  guidance: false,
  mcp: false,
  jinja: true,
} as const

export const koboldFacts: readonly OwnEndpoint[] = [
  fact('/api/v1/model', async (rooms) => ({ result: `koboldcpp/${await modelOf(rooms)}` })),
  fact('/api/v1/info/version', () => ({ result: apiVersion })),
  fact('/api/v1/config/max_context_length', async (rooms) => ({ value: await contextOf(rooms) })),
  fact('/api/v1/config/max_length', () => ({ value: usualAnswerTokens })),
  fact('/api/v1/config/soft_prompts_list', () => ({ values: [] })),
  fact('/api/v1/config/soft_prompt', () => ({ value: '' })),
  fact('/api/extra/version', ({ isOpen }) => ({ result: 'KoboldCpp', version: koboldCppVersion, protected: !isOpen, ...features })),
  fact('/api/extra/true_max_context_length', async (rooms) => ({ value: await contextOf(rooms) })),
  fact('/api/extra/preloadstory', () => ({})),
  fact('/api/extra/perf', performance),
  // Lite asks this one without a key.
  fact('/sdapi/v1/sd-models', () => [], 'open'),
]

/** The lists of the providers may have to be asked for first. @throws RefusedCall 503 where there is no model at all. */
async function modelOf(rooms: OwnRooms): Promise<string> {
  const known = rooms.defaultModel()
  if (known !== undefined) return known
  await rooms.models.list()
  return rooms.defaultModel() ?? noModelYet()
}

async function contextOf(rooms: OwnRooms): Promise<number> {
  return rooms.contextTokens(await modelOf(rooms)) ?? usualContextTokens
}

/** Clients look whether the server is idle, and how long it has been up. */
function performance({ generations, now, startedAt }: OwnRooms): Record<string, unknown> {
  const uptime = Math.floor((now() - startedAt) / 1000)
  return {
    last_process: 0,
    last_eval: 0,
    last_token_count: 0,
    last_seed: -1,
    total_gens: generations.begun,
    stop_reason: 0,
    total_img_gens: 0,
    queue: 0,
    idle: generations.running === 0 ? 1 : 0,
    hordeexitcounter: 0,
    uptime,
    idletime: 0,
    quiet: true,
  }
}
