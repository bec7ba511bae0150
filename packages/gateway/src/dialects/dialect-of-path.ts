/** The dialect that a path belongs to, for refusals of calls that no endpoint takes. */
import type { DialectName } from '../domain/operation.ts'

/** The first that fits wins. */
const byPrefix: readonly (readonly [prefix: string, dialect: DialectName])[] = [
  ['/v1/messages', 'anthropic-messages'],
  ['/messages', 'anthropic-messages'],
  ['/v1/responses', 'openai-responses'],
  ['/responses', 'openai-responses'],
  ['/v1beta/', 'gemini-generate'],
  ['/api/v1/', 'kobold'],
  ['/api/extra/', 'kobold'],
  ['/api/latest/', 'kobold'],
  ['/sdapi/', 'kobold'],
  ['/api/providers/', 'openai-chat'],
  ['/api/', 'ollama-chat'],
]

/** The list of models, which OpenAI's, Anthropic's and Google's clients ask for at one address. */
const models = /^(?:\/v1)?\/models(?:\/|$)/

/** @param headers tell who asks where several dialects share an address. */
export function dialectOfPath(path: string, headers: Readonly<Record<string, unknown>> = {}): DialectName {
  if (models.test(path) && headers['anthropic-version'] !== undefined) return 'anthropic-messages'
  if (models.test(path) && headers['x-goog-api-client'] !== undefined) return 'gemini-generate'
  return byPrefix.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'openai-chat'
}
