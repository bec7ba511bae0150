/** The conversation as Gemini takes it: contents of the user's and of the model's, by turns. */
import type { ToolResult, Turn, UserTurn } from '../canonical/request.ts'
import { beginWithUser, mergeTurns, pairTools, systemAsUser, textOf, withoutEmptyText } from '../canonical/turns.ts'
import { signCurrentTurn } from './current-turn.ts'
import { responseOf } from './read-result.ts'
import { isCurrent, isStrict } from './thinking.ts'
import { writeBlocks } from './write-blocks.ts'
import { writePart } from './write-media.ts'
import { idOf } from './writing.ts'
import type { Content, Json, Writing } from './writing.ts'

/** @param given without what became the system instruction. */
export function writeContents(given: readonly Turn[], writing: Writing): readonly Content[] {
  const paired = pairTools(systemAsUser(given), { missing: 'error-result' })
  const turns = beginWithUser(mergeTurns(withoutEmptyText(paired)))
  const calls = namesOfCalls(turns)
  const contents = joined(turns.map((turn) => writeTurn(turn, calls, writing)))
  const spoken = endWithUser(contents[0]?.role === 'user' ? contents : [silence, ...contents], writing)
  return isCurrent(writing.target.model) ? signCurrentTurn(spoken) : spoken
}

/** There must be something to answer, and the user has the first word. */
const silence: Content = { role: 'user', parts: [{ text: '.' }] }

/** The user has the last word too where the model does not take the beginning of its own answer. */
function endWithUser(contents: readonly Content[], { target, losses }: Writing): readonly Content[] {
  if (contents.at(-1)?.role !== 'model' || !isStrict(target.model)) return contents
  losses.lose('prefill')
  return [...contents, silence]
}

/** Results are matched by the names of their calls, which most callers do not repeat. */
function namesOfCalls(turns: readonly Turn[]): ReadonlyMap<string, string> {
  const blocks = turns.flatMap((turn) => (turn.role === 'assistant' ? turn.blocks : []))
  return new Map(blocks.flatMap((block) => (block.is === 'tool-call' ? [[block.id, block.name] as const] : [])))
}

function writeTurn(turn: Turn, calls: ReadonlyMap<string, string>, writing: Writing): Content {
  switch (turn.role) {
    case 'system':
      return { role: 'user', parts: turn.parts.map((part) => writePart(part, writing)) }
    case 'user':
      return { role: 'user', parts: writeUser(turn, writing) }
    case 'assistant':
      return { role: 'model', parts: writeBlocks(turn.blocks, writing) }
    case 'tool':
      return { role: 'user', parts: writeResults(turn.results, calls, writing) }
  }
}

/** There is no field for who speaks: the name goes before what is said. */
function writeUser({ parts, name }: UserTurn, writing: Writing): readonly Json[] {
  const written = parts.map((part) => writePart(part, writing))
  return name === undefined ? written : [{ text: `${name}:` }, ...written]
}

/** All responses first; what of them is no text stands behind them where the model does not take it inside. */
function writeResults(results: readonly ToolResult[], calls: ReadonlyMap<string, string>, writing: Writing): readonly Json[] {
  const behind: Json[] = []
  const responses = results.map((result) => {
    const name = writing.names.out(calls.get(result.callId) ?? result.name ?? 'unknown')
    if (result.cache !== undefined) writing.losses.lose('cacheMarks')
    const media = result.parts.filter(({ is }) => is !== 'text').map((part) => writePart(part, writing))
    const holdsMedia = isCurrent(writing.target.model) && media.every((part) => 'inlineData' in part)
    if (!holdsMedia && media.length > 0) behind.push({ text: `[result of ${name}]` }, ...media)
    const response = responseOf(textOf(result.parts), result.isError)
    return {
      functionResponse: { ...idOf(result.callId, writing), name, response, ...(holdsMedia && media.length > 0 && { parts: media }) },
    }
  })
  return [...responses, ...behind]
}

/** Contents of one role that are neighbours become one; those of which nothing is left are left out. */
function joined(contents: readonly Content[]): readonly Content[] {
  const result: Content[] = []
  for (const { role, parts } of contents) {
    if (parts.length === 0) continue
    const last = result.at(-1)
    if (last?.role === role) result[result.length - 1] = { role, parts: [...last.parts, ...parts] }
    else result.push({ role, parts })
  }
  return result
}
