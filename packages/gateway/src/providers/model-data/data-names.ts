/** What the sources of model data call the providers of the catalogue, where that is not the catalogue's name. */
import { catalogue } from '../catalogue/list.ts'
import type { Provider } from '../provider.ts'

/** Keys of models.dev; a provider that it does not have is absent. */
export const modelsDevNames: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  azure: 'azure',
  'azure-deployments': 'azure',
  baseten: 'baseten',
  bedrock: 'amazon-bedrock',
  cerebras: 'cerebras',
  chutes: 'chutes',
  clarifai: 'clarifai',
  cloudflare: 'cloudflare-workers-ai',
  codestral: 'mistral',
  cohere: 'cohere',
  dashscope: 'alibaba',
  deepinfra: 'deepinfra',
  deepseek: 'deepseek',
  fireworks: 'fireworks-ai',
  friendli: 'friendli',
  gemini: 'google',
  groq: 'groq',
  huggingface: 'huggingface',
  'lm-studio': 'lmstudio',
  'meta-llama': 'llama',
  minimax: 'minimax',
  mistral: 'mistral',
  modelscope: 'modelscope',
  moonshot: 'moonshotai',
  morph: 'morph',
  nanogpt: 'nano-gpt',
  nebius: 'nebius',
  novita: 'novita-ai',
  nvidia: 'nvidia',
  'ollama-cloud': 'ollama-cloud',
  openai: 'openai',
  openrouter: 'openrouter',
  ovhcloud: 'ovhcloud',
  perplexity: 'perplexity',
  poe: 'poe',
  scaleway: 'scaleway',
  siliconflow: 'siliconflow',
  synthetic: 'synthetic',
  together: 'togetherai',
  v0: 'v0',
  vercel: 'vercel',
  vertex: 'google-vertex',
  wandb: 'wandb',
  xai: 'xai',
  zai: 'zai',
}

/** Keys of @pydantic/genai-prices, where they are not the catalogue's names. */
export const priceListNames: Readonly<Record<string, string>> = {
  'azure-deployments': 'azure',
  bedrock: 'aws',
  codestral: 'mistral',
  gemini: 'google',
  moonshot: 'moonshotai',
  vertex: 'google',
  xai: 'x-ai',
}

const namesByHost: ReadonlyMap<string, string> = new Map(
  catalogue.filter(({ keyless }) => keyless !== true).map(({ name, baseUrl }) => [new URL(baseUrl).host, name]),
)

/** The catalogue's name for a provider of any name, told by its address; undefined for a server that nobody knows. */
export function catalogueName({ name, baseUrl }: Pick<Provider, 'name' | 'baseUrl'>): string | undefined {
  if (catalogue.some((entry) => entry.name === name)) return name
  return namesByHost.get(URL.parse(baseUrl)?.host ?? '')
}
