/**
 * Gemini 3 refuses calls of the turn it is in that do not carry the signature it gave them: on the first call of each step. Calls
 * that other models made, or whose signature a caller lost, carry the text that Google documents for them.
 * https://ai.google.dev/gemini-api/docs/thought-signatures
 */
import type { Content, Json } from './writing.ts'

const unsigned = 'skip_thought_signature_validator'

/** The turn began with the last content in which the user said something beside results. */
export function signCurrentTurn(contents: readonly Content[]): readonly Content[] {
  const start = contents.findLastIndex(({ role, parts }) => role === 'user' && !parts.some(isResponse))
  return contents.map((content, at) => (at > start && content.role === 'model' ? withSignature(content) : content))
}

function isResponse(part: Json): boolean {
  return 'functionResponse' in part
}

function withSignature(content: Content): Content {
  const first = content.parts.findIndex((part) => 'functionCall' in part)
  const call = content.parts[first]
  if (call === undefined || 'thoughtSignature' in call) return content
  return { ...content, parts: content.parts.map((part, at) => (at === first ? { ...part, thoughtSignature: unsigned } : part)) }
}
