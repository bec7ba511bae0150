/** Amazon Bedrock, by the Converse API: many vendors' models behind one wire format. */
import { providerName } from '../../domain/names.ts'
import type { KnownModel, Provider } from '../provider.ts'
import { manners } from '../speeches.ts'

// Limits: those of the vendors' own pages (platform.claude.com, openai.com/open-models), read 2026-11. Names without a region are
// inference profiles that AWS serves from wherever there is room (docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles.html).
const million: KnownModel = { contextTokens: 1_000_000, maxOutputTokens: 128_000, reasoning: true }
const smaller: KnownModel = { contextTokens: 200_000, maxOutputTokens: 64_000, reasoning: true }

const { auth, speaks } = manners['bedrock-converse']

/** Amazon Bedrock. A key is `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, with `:SESSION_TOKEN` where it is temporary, or an API key. */
export const bedrock: Provider = {
  name: providerName('bedrock'),
  title: 'Amazon Bedrock',
  site: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html',
  baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
  variables: { region: { env: 'AWS_REGION', default: 'us-east-1', what: 'the AWS region, such as `eu-central-1`' } },
  auth,
  keyFrom: ['BEDROCK'],
  keyNames: ['AWS_BEARER_TOKEN_BEDROCK'],
  speaks,
  models: {
    'global.anthropic.claude-opus-4-8': million,
    'global.anthropic.claude-opus-4-6-v1': million,
    'global.anthropic.claude-sonnet-5': million,
    'global.anthropic.claude-sonnet-4-6': million,
    'global.anthropic.claude-sonnet-4-5-20250929-v1:0': smaller,
    'global.anthropic.claude-haiku-4-5-20251001-v1:0': smaller,
    'openai.gpt-oss-120b-1:0': { contextTokens: 131_072, reasoning: true },
    'openai.gpt-oss-20b-1:0': { contextTokens: 131_072, reasoning: true },
  },
}
