/** Names of tools as Anthropic takes them. */
import type { CanonicalRequest, Turn } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'

/** @param request undefined: nothing is known of it, and every name stands for itself. */
export function anthropicNames(request: CanonicalRequest | undefined): ToolNames {
  return new ToolNames(request, { fits: /^[a-zA-Z0-9_-]+$/, longest: 128 })
}

/** What the assistant has called so far, whether or not it is still offered. */
export function namesCalled(turns: readonly Turn[]): readonly string[] {
  const names = turns.flatMap((turn) =>
    turn.role === 'assistant' ? turn.blocks.flatMap((block) => (block.is === 'tool-call' ? [block.name] : [])) : [],
  )
  return [...new Set(names)]
}
