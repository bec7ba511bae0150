/** Gemini on Google Cloud: the same dialect below a project's address, with access tokens in place of keys. */
import { providerName } from '../../domain/names.ts'
import type { KnownModel, Provider } from '../provider.ts'

const generate = '/publishers/google/models/{model}:generateContent'
const streamGenerate = '/publishers/google/models/{model}:streamGenerateContent?alt=sse'

// Limits: those of Google's own API, see gemini.ts.
const million: KnownModel = { contextTokens: 1_048_576, maxOutputTokens: 65_536, reasoning: true }

/** Google Vertex AI. A key is the JSON of a service account: as it is, in base64, or as `@/path/to/file.json`. */
export const vertex: Provider = {
  name: providerName('vertex'),
  title: 'Google Vertex AI',
  site: 'https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference',
  // Not checked against a live project. The newest models are served from the place that is called global, which has a host of its own.
  baseUrl: 'https://{host}/v1/projects/{project}/locations/{location}',
  variables: {
    project: { env: 'GOOGLE_CLOUD_PROJECT', what: 'the id of the project on Google Cloud' },
    location: {
      env: 'GOOGLE_CLOUD_LOCATION',
      default: 'global',
      what: 'where the models run: `global`, or a region such as `europe-west4`',
    },
    host: {
      env: 'VERTEX_HOST',
      default: 'aiplatform.googleapis.com',
      what: 'the host of that location: a region such as `europe-west4` has `europe-west4-aiplatform.googleapis.com`',
    },
  },
  auth: { kind: 'google', scope: 'https://www.googleapis.com/auth/cloud-platform' },
  keyFrom: ['VERTEX'],
  // Its embeddings are asked for in a way that no dialect here speaks, and its list of models needs another address.
  speaks: {
    chat: [{ dialect: 'gemini-generate', path: generate, streamPath: streamGenerate }],
    count: [{ dialect: 'gemini-count', path: '/publishers/google/models/{model}:countTokens' }],
  },
  // A 400 `Unknown name "id" at 'contents[1].parts[0].function_call'` (pydantic-ai issue 5081, vercel/ai issue 15664).
  quirks: { callsWithoutIds: true },
  models: {
    'gemini-3.8-flash': million,
    'gemini-3.5-flash': million,
    'gemini-2.5-pro': million,
  },
}
