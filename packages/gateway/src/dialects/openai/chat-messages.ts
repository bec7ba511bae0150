/** The turns of a conversation as chat messages. */
import type { SystemTurn, ToolResult, Turn, UserTurn } from '../canonical/request.ts'
import type { Part } from '../canonical/parts.ts'
import { fitToolIds } from '../canonical/tool-ids.ts'
import { mergeTurns, pairTools, splitSystem, systemAsUser, textOf, withoutEmptyText } from '../canonical/turns.ts'
import { writeAssistant } from './chat-assistant.ts'
import type { Message } from './chat-assistant.ts'
import { writeContent } from './chat-parts.ts'
import { takes } from './chat-writing.ts'
import type { ChatWriting } from './chat-writing.ts'

export function writeMessages(writing: ChatWriting): readonly Message[] {
  const turns = arranged(writing)
  const lastUser = turns.findLastIndex(({ role }) => role === 'user')
  return turns.flatMap((turn, at) => writeTurn(turn, at > lastUser, writing))
}

/** In the order in which servers of the family want them: each result behind its call, media of results with the user. */
function arranged(writing: ChatWriting): readonly Turn[] {
  const { request, style, target, isSame } = writing
  const said = isSame ? request.turns : withoutEmptyText(request.turns)
  const paired = fitToolIds(pairTools(said, { missing: 'error-result' }), style.toolIds)
  const named = takes(writing, 'name') ? paired : paired.map((turn) => withoutName(turn, writing))
  const moved = mergeTurns(named.flatMap(withMediaOutside))
  const settled = target.quirks.oneSystemMessage === true ? withOneSystem(moved) : moved
  return style.arrange === undefined ? settled : style.arrange(settled)
}

export function withOneSystem(turns: readonly Turn[]): readonly Turn[] {
  const { system, turns: rest } = splitSystem(turns)
  const first: readonly SystemTurn[] = system.length === 0 ? [] : [{ role: 'system', parts: system }]
  return [...first, ...systemAsUser(rest)]
}

/** Who speaks is said in the text where a message cannot carry a name. */
function withoutName(turn: Turn, { losses }: ChatWriting): Turn {
  if (turn.role !== 'user' && turn.role !== 'assistant') return turn
  const { name, ...unnamed } = turn
  if (name === undefined) return turn
  if (unnamed.role === 'user') return { ...unnamed, parts: [{ is: 'text', text: `${name}:` }, ...unnamed.parts] }
  losses.lose('name')
  return unnamed
}

/** Tool messages hold text only: what else a result holds goes into a user's message behind them. */
function withMediaOutside(turn: Turn): readonly Turn[] {
  if (turn.role !== 'tool') return [turn]
  const outside: Part[] = []
  const results = turn.results.map((result): ToolResult => {
    const media = result.parts.filter(({ is }) => is !== 'text')
    if (media.length === 0) return result
    outside.push({ is: 'text', text: `From the result of the tool call ${result.callId}:` }, ...media)
    const texts = result.parts.filter(({ is }) => is === 'text')
    return { ...result, parts: texts.length > 0 ? texts : [{ is: 'text', text: '(see the next message)' }] }
  })
  return outside.length === 0
    ? [turn]
    : [
        { ...turn, results },
        { role: 'user', parts: outside },
      ]
}

function writeTurn(turn: Turn, inLoop: boolean, writing: ChatWriting): readonly Message[] {
  switch (turn.role) {
    case 'system':
      return [{ role: writing.target.quirks.systemRole ?? 'system', content: writeContent(turn.parts, writing) }]
    case 'user':
      return [writeUser(turn, writing)]
    case 'assistant':
      return [writeAssistant(turn, inLoop, writing)]
    case 'tool':
      return turn.results.map((result) => writeResult(result, writing))
  }
}

function writeUser({ parts, name }: UserTurn, writing: ChatWriting): Message {
  return { role: 'user', content: writeContent(parts, writing), ...(name !== undefined && { name }) }
}

function writeResult({ callId, parts, isError }: ToolResult, writing: ChatWriting): Message {
  const content = isError ? `Error: ${textOf(parts)}` : writeContent(parts, writing)
  return { role: 'tool', tool_call_id: callId, content: content.length === 0 ? '(empty)' : content }
}
