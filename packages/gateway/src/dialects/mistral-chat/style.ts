/** How Mistral's chat differs from OpenAI's. https://docs.mistral.ai/api/endpoint/chat */
import { dataUrl } from '../canonical/data-url.ts'
import type { Part } from '../canonical/parts.ts'
import type { AssistantTurn, Turn, UserTurn } from '../canonical/request.ts'
import { beginWithUser, withoutEmptyText } from '../canonical/turns.ts'
import { withOneSystem } from '../openai/chat-messages.ts'
import type { ChatStyle, ChatWriting } from '../openai/chat-writing.ts'

export const mistralStyle: ChatStyle = {
  dialect: 'mistral-chat',
  // Anything else is a 400 with the code 3280.
  toolIds: { fits: /^[a-zA-Z0-9]{9}$/, longest: 9, prefix: '' },
  required: 'any',
  thinkingParts: true,
  takes: ['prompt_cache_key'],
  extras: ['safe_prompt', 'prompt_mode', 'random_seed', 'prediction', 'guardrails'],
  efforts: ['none', 'high'],
  part: writePart,
  arrange,
  adjust,
}

/** Documents and audio have forms of their own. */
function writePart(part: Part): Record<string, unknown> | undefined {
  if (part.is === 'file' && (part.source.is === 'base64' || part.source.is === 'url')) {
    return { type: 'document_url', document_url: dataUrl(part.source), ...(part.name !== undefined && { document_name: part.name }) }
  }
  if (part.is !== 'audio') return undefined
  if (part.source.is === 'base64') return { type: 'input_audio', input_audio: part.source.data }
  return part.source.is === 'url' ? { type: 'input_audio', input_audio: part.source.url } : undefined
}

const opening: UserTurn = { role: 'user', parts: [{ is: 'text', text: '.' }] }
const acknowledged: AssistantTurn = { role: 'assistant', blocks: [{ is: 'text', text: 'Understood.' }] }

/** One system message, at the front; then the user; and never the user directly behind a tool (code 3230). */
function arrange(turns: readonly Turn[]): readonly Turn[] {
  const ordered = beginWithUser(withoutEmptyText(withOneSystem(turns)))
  const spoken = ordered.every(({ role }) => role === 'system') ? [...ordered, opening] : ordered
  return spoken.flatMap((turn, at) => (turn.role === 'user' && spoken[at - 1]?.role === 'tool' ? [acknowledged, turn] : [turn]))
}

/** Fields that it answers with a 422, and what is lost with them. */
const unknownThere: Readonly<Record<string, string | undefined>> = {
  // Usage comes in the last event anyway.
  stream_options: undefined,
  user: 'user',
  logit_bias: 'logitBias',
  logprobs: 'topLogprobs',
  top_logprobs: 'topLogprobs',
}

const hottest = 1.5

function adjust(body: Record<string, unknown>, { losses }: ChatWriting): Record<string, unknown> {
  const adjusted: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(body)) {
    if (!Object.hasOwn(unknownThere, field)) {
      adjusted[field === 'seed' ? 'random_seed' : field] = value
      continue
    }
    const loss = unknownThere[field]
    if (loss !== undefined) losses.lose(loss)
  }
  const { temperature } = adjusted
  if (typeof temperature === 'number' && temperature > hottest) adjusted['temperature'] = hottest
  return { ...adjusted, messages: withPrefix(adjusted['messages']) }
}

/** What the assistant has begun to say is gone on with only where it is marked as a beginning. */
function withPrefix(messages: unknown): unknown {
  if (!Array.isArray(messages)) return messages
  const last: unknown = messages.at(-1)
  if (typeof last !== 'object' || last === null || !('role' in last) || last.role !== 'assistant') return messages
  return [...messages.slice(0, -1), { ...last, prefix: true }]
}
