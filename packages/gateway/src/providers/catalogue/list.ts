/** Every provider that the gateway knows by itself. A new one is a file beside this one and a line here. */
import type { ProviderName } from '../../domain/names.ts'
import type { Provider } from '../provider.ts'
import { ai21 } from './ai21.ts'
import { anthropic } from './anthropic.ts'
import { azureDeployments } from './azure-deployments.ts'
import { azure } from './azure.ts'
import { baseten } from './baseten.ts'
import { bedrock } from './bedrock.ts'
import { cerebras } from './cerebras.ts'
import { chutes } from './chutes.ts'
import { clarifai } from './clarifai.ts'
import { cloudflare } from './cloudflare.ts'
import { codestral } from './codestral.ts'
import { cohere } from './cohere.ts'
import { compactifai } from './compactifai.ts'
import { dashscope } from './dashscope.ts'
import { deepinfra } from './deepinfra.ts'
import { deepseek } from './deepseek.ts'
import { dockerModelRunner } from './docker-model-runner.ts'
import { featherless } from './featherless.ts'
import { fireworks } from './fireworks.ts'
import { firmware } from './firmware.ts'
import { friendli } from './friendli.ts'
import { galadriel } from './galadriel.ts'
import { gemini } from './gemini.ts'
import { githubModels } from './github-models.ts'
import { groq } from './groq.ts'
import { huggingface } from './huggingface.ts'
import { hyperbolic } from './hyperbolic.ts'
import { koboldcpp } from './koboldcpp.ts'
import { lambda } from './lambda.ts'
import { lemonade } from './lemonade.ts'
import { llamaCpp } from './llama-cpp.ts'
import { llamafile } from './llamafile.ts'
import { lmStudio } from './lm-studio.ts'
import { metaLlama } from './meta-llama.ts'
import { minimax } from './minimax.ts'
import { mistral } from './mistral.ts'
import { modelscope } from './modelscope.ts'
import { moonshot } from './moonshot.ts'
import { morph } from './morph.ts'
import { nanogpt } from './nanogpt.ts'
import { nebius } from './nebius.ts'
import { novita } from './novita.ts'
import { nscale } from './nscale.ts'
import { nvidia } from './nvidia.ts'
import { ollamaCloud } from './ollama-cloud.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { ovhcloud } from './ovhcloud.ts'
import { perplexity } from './perplexity.ts'
import { poe } from './poe.ts'
import { sambanova } from './sambanova.ts'
import { scaleway } from './scaleway.ts'
import { siliconflow } from './siliconflow.ts'
import { synthetic } from './synthetic.ts'
import { together } from './together.ts'
import { v0 } from './v0.ts'
import { vercel } from './vercel.ts'
import { vertex } from './vertex.ts'
import { vllm } from './vllm.ts'
import { volcengine } from './volcengine.ts'
import { wandb } from './wandb.ts'
import { xai } from './xai.ts'
import { zai } from './zai.ts'

/** In the order in which lists show them. */
export const catalogue: readonly Provider[] = [
  openai,
  anthropic,
  bedrock,
  cohere,
  groq,
  gemini,
  mistral,
  openrouter,
  deepseek,
  xai,
  cerebras,
  together,
  fireworks,
  ai21,
  azure,
  azureDeployments,
  baseten,
  chutes,
  clarifai,
  cloudflare,
  codestral,
  compactifai,
  dashscope,
  deepinfra,
  featherless,
  firmware,
  friendli,
  galadriel,
  githubModels,
  huggingface,
  hyperbolic,
  lambda,
  metaLlama,
  minimax,
  modelscope,
  moonshot,
  morph,
  nanogpt,
  nebius,
  novita,
  nscale,
  nvidia,
  ollamaCloud,
  ovhcloud,
  perplexity,
  poe,
  sambanova,
  scaleway,
  siliconflow,
  synthetic,
  v0,
  vercel,
  vertex,
  volcengine,
  wandb,
  zai,
  ollama,
  lmStudio,
  vllm,
  llamaCpp,
  llamafile,
  koboldcpp,
  dockerModelRunner,
  lemonade,
]

const byName: ReadonlyMap<ProviderName, Provider> = new Map(catalogue.map((provider) => [provider.name, provider]))

/** The catalogue's entry of that name. */
export function findProvider(name: ProviderName): Provider | undefined {
  return byName.get(name)
}
