/** Turns put into the order that a provider insists on. Each rule is a function; a writer of requests picks those it needs. */
import type { Part, TextPart } from './parts.ts'
import type { AssistantTurn, ToolResult, ToolTurn, Turn, UserTurn } from './request.ts'

/** Adjacent turns of one role become one. */
export function mergeTurns(turns: readonly Turn[]): readonly Turn[] {
  const merged: Turn[] = []
  for (const turn of turns) {
    const last = merged.at(-1)
    const joined = last === undefined ? undefined : join(last, turn)
    if (joined === undefined) merged.push(turn)
    else merged[merged.length - 1] = joined
  }
  return merged
}

function join(first: Turn, second: Turn): Turn | undefined {
  if (first.role === 'system' && second.role === 'system') return { ...first, parts: [...first.parts, ...second.parts] }
  if (first.role === 'user' && second.role === 'user' && first.name === second.name)
    return { ...first, parts: [...first.parts, ...second.parts] }
  if (first.role === 'assistant' && second.role === 'assistant') return { ...first, blocks: [...first.blocks, ...second.blocks] }
  if (first.role === 'tool' && second.role === 'tool') return { ...first, results: [...first.results, ...second.results] }
  return undefined
}

/** The texts among the parts, one paragraph each. */
export function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.is === 'text')
    .map(({ text }) => text)
    .join('\n\n')
}

/** Empty texts are refused by many; a turn of which nothing is left goes with them. */
export function withoutEmptyText(turns: readonly Turn[]): readonly Turn[] {
  return turns.flatMap((turn): readonly Turn[] => {
    switch (turn.role) {
      case 'system': {
        const parts = turn.parts.filter(({ text }) => text !== '')
        return parts.length === 0 ? [] : [{ ...turn, parts }]
      }
      case 'user': {
        const parts = turn.parts.filter((part) => part.is !== 'text' || part.text !== '')
        return parts.length === 0 ? [] : [{ ...turn, parts }]
      }
      case 'assistant': {
        const blocks = turn.blocks.filter(
          (block) => (block.is !== 'text' && block.is !== 'refusal') || block.text !== '' || hasOpaque(block),
        )
        return blocks.length === 0 ? [] : [{ ...turn, blocks }]
      }
      case 'tool':
        return turn.results.length === 0 ? [] : [turn]
    }
  })
}

/** Gemini signs texts that are empty; such a one carries something after all. */
function hasOpaque(block: object): boolean {
  return 'opaque' in block && block.opaque !== undefined
}

const opening: UserTurn = { role: 'user', parts: [{ is: 'text', text: '.' }] }

/** Some providers want the user to begin; what was said before the first assistant turn stays as it is. */
export function beginWithUser(turns: readonly Turn[]): readonly Turn[] {
  const first = turns.findIndex(({ role }) => role !== 'system')
  if (first === -1 || turns[first]?.role !== 'assistant') return turns
  return [...turns.slice(0, first), opening, ...turns.slice(first)]
}

/** The system turns that stand before everything else, and the rest. Later ones are never moved: that would change what they mean. */
export function splitSystem(turns: readonly Turn[]): { readonly system: readonly TextPart[]; readonly turns: readonly Turn[] } {
  const first = turns.findIndex(({ role }) => role !== 'system')
  const end = first === -1 ? turns.length : first
  const system = turns.slice(0, end).flatMap((turn) => (turn.role === 'system' ? turn.parts : []))
  return { system, turns: turns.slice(end) }
}

/** Later system turns for providers that know only one place for them: text in the user's next turn, marked as what it is. */
export function systemAsUser(turns: readonly Turn[]): readonly Turn[] {
  const plain = turns.map((turn): Turn => {
    if (turn.role !== 'system') return turn
    return { role: 'user', parts: turn.parts.map((part) => ({ ...part, text: `<system>${part.text}</system>` })) }
  })
  return mergeTurns(plain)
}

/** What happens to a call that has no result. */
export interface Pairing {
  readonly missing: 'error-result' | 'leave'
}

/**
 * Puts each result directly behind its call: all results of one assistant turn in one tool turn, in the order of the calls.
 * A result without a call (its call was cut from the history) becomes text of the user.
 */
export function pairTools(turns: readonly Turn[], { missing }: Pairing): readonly Turn[] {
  const paired: Turn[] = []
  for (const [at, turn] of turns.entries()) {
    if (turn.role === 'tool') paired.push(...orphansOf(turn, turns, at))
    else if (turn.role === 'assistant') paired.push(turn, ...resultsOf(turn, turns, { at, missing }))
    else paired.push(turn)
  }
  return mergeTurns(paired)
}

/** Where the assistant's next turn stands: results are looked for up to it. */
function nextAssistant(turns: readonly Turn[], from: number): number {
  const next = turns.findIndex(({ role }, at) => at > from && role === 'assistant')
  return next === -1 ? turns.length : next
}

function resultsOf(turn: AssistantTurn, turns: readonly Turn[], { at, missing }: Pairing & { at: number }): readonly ToolTurn[] {
  const calls = turn.blocks.filter((block) => block.is === 'tool-call')
  if (calls.length === 0) return []
  const given = turns.slice(at + 1, nextAssistant(turns, at)).flatMap((each) => (each.role === 'tool' ? each.results : []))
  const left = [...given]
  const results = calls.flatMap((call): readonly ToolResult[] => {
    const found = left.findIndex(({ callId }) => callId === call.id)
    const [result] = found === -1 ? [] : left.splice(found, 1)
    if (result !== undefined) return [result]
    return missing === 'leave' ? [] : [{ callId: call.id, name: call.name, parts: [{ is: 'text', text: '(no result)' }], isError: true }]
  })
  return results.length === 0 ? [] : [{ role: 'tool', results }]
}

function orphansOf(turn: ToolTurn, turns: readonly Turn[], at: number): readonly UserTurn[] {
  const before = turns.slice(0, at).findLast(({ role }) => role === 'assistant')
  const called = new Set(before?.role === 'assistant' ? before.blocks.flatMap((block) => (block.is === 'tool-call' ? [block.id] : [])) : [])
  const orphans = turn.results.filter(({ callId }) => !called.has(callId))
  if (orphans.length === 0) return []
  const parts: Part[] = []
  for (const orphan of orphans) parts.push({ is: 'text', text: '[result of a tool]' }, ...orphan.parts)
  return [{ role: 'user', parts }]
}
