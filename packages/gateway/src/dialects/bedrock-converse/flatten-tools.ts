/**
 * Calls and their results told in words. Bedrock refuses a conversation that holds them where no tools are offered, and an
 * invented tool would be one that the model could call.
 */
import type { Part, TextPart } from '../canonical/parts.ts'
import type { ToolTurn, Turn } from '../canonical/request.ts'

export function flattenTools(turns: readonly Turn[]): readonly Turn[] {
  const called = new Map<string, string>()
  return turns.map((turn): Turn => {
    if (turn.role === 'tool') return { role: 'user', parts: resultParts(turn, called) }
    if (turn.role !== 'assistant') return turn
    const blocks = turn.blocks.map((block) => {
      if (block.is !== 'tool-call') return block
      called.set(block.id, block.name)
      return { is: 'text', text: `[called ${block.name} with ${block.argumentsText}]` } as const
    })
    return { ...turn, blocks }
  })
}

function resultParts({ results }: ToolTurn, called: ReadonlyMap<string, string>): readonly Part[] {
  return results.flatMap(({ callId, parts, isError }): readonly Part[] => {
    const head: TextPart = { is: 'text', text: `[${isError ? 'error' : 'result'} of ${called.get(callId) ?? 'a tool'}]` }
    return [head, ...parts]
  })
}
