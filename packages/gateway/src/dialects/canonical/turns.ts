/** Turns put into the order that a provider insists on. Each rule is a function; a writer of requests picks those it needs. */
import type { ToolCallBlock } from './blocks.ts'
import type { Part, TextPart } from './parts.ts'
import type { ToolResult, ToolTurn, Turn, UserTurn } from './request.ts'

type Role = Turn['role']

const allRoles: ReadonlySet<Role> = new Set<Role>(['system', 'user', 'assistant', 'tool'])

/**
 * Adjacent turns of one role become one. Each run is joined at once: turn by turn, the beginning of a long one would be copied
 * again with every turn of it.
 * @param roles only turns of these.
 */
export function mergeTurns(turns: readonly Turn[], roles: ReadonlySet<Role> = allRoles): readonly Turn[] {
  const merged: Turn[] = []
  let run: Turn[] = []
  for (const turn of turns) {
    const [first] = run
    if (first !== undefined && !(roles.has(turn.role) && joins(first, turn))) {
      merged.push(joined(first, run))
      run = []
    }
    run.push(turn)
  }
  const [first] = run
  if (first !== undefined) merged.push(joined(first, run))
  return merged
}

function joins(first: Turn, second: Turn): boolean {
  return first.role === second.role && (first.role !== 'user' || second.role !== 'user' || first.name === second.name)
}

function joined(first: Turn, run: readonly Turn[]): Turn {
  if (run.length === 1) return first
  switch (first.role) {
    case 'system':
      return { ...first, parts: run.flatMap((turn) => (turn.role === 'system' ? turn.parts : [])) }
    case 'user':
      return { ...first, parts: run.flatMap((turn) => (turn.role === 'user' ? turn.parts : [])) }
    case 'assistant':
      return { ...first, blocks: run.flatMap((turn) => (turn.role === 'assistant' ? turn.blocks : [])) }
    case 'tool':
      return { ...first, results: run.flatMap((turn) => (turn.role === 'tool' ? turn.results : [])) }
  }
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
  // Ids of the calls in the latest turn of the assistant.
  let called: ReadonlySet<string> = new Set()
  for (const [at, turn] of turns.entries()) {
    if (turn.role === 'tool') paired.push(...orphansOf(turn, called))
    else paired.push(turn)
    if (turn.role !== 'assistant') continue
    const calls = turn.blocks.filter((block) => block.is === 'tool-call')
    called = new Set(calls.map(({ id }) => id))
    if (calls.length > 0) paired.push(...resultsOf(calls, givenBehind(turns, at), missing))
  }
  return mergeTurns(paired)
}

/** By their calls, the first one last; up to the assistant's next turn. */
function givenBehind(turns: readonly Turn[], at: number): ReadonlyMap<string, ToolResult[]> {
  const given: ToolResult[] = []
  for (let next = at + 1; next < turns.length; next++) {
    const turn = turns[next]
    if (turn?.role === 'assistant') break
    if (turn?.role === 'tool') for (const result of turn.results) given.push(result)
  }
  return Map.groupBy(given.toReversed(), ({ callId }) => callId)
}

function resultsOf(
  calls: readonly ToolCallBlock[],
  given: ReadonlyMap<string, ToolResult[]>,
  missing: Pairing['missing'],
): readonly ToolTurn[] {
  const results = calls.flatMap(({ id, name }): readonly ToolResult[] => {
    const result = given.get(id)?.pop()
    if (result !== undefined) return [result]
    return missing === 'leave' ? [] : [{ callId: id, name, parts: [{ is: 'text', text: '(no result)' }], isError: true }]
  })
  return results.length === 0 ? [] : [{ role: 'tool', results }]
}

function orphansOf(turn: ToolTurn, called: ReadonlySet<string>): readonly UserTurn[] {
  const orphans = turn.results.filter(({ callId }) => !called.has(callId))
  if (orphans.length === 0) return []
  const parts: Part[] = []
  for (const orphan of orphans) {
    parts.push({ is: 'text', text: '[result of a tool]' })
    for (const part of orphan.parts) parts.push(part)
  }
  return [{ role: 'user', parts }]
}
