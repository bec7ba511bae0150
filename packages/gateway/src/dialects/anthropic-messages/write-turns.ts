/** The conversation as Anthropic wants it: system aside, user first, results at once behind their calls, nothing empty. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import type { Block, ReasoningBlock, TextBlock, ToolCallBlock } from '../canonical/blocks.ts'
import { belongsTo } from '../canonical/opaque.ts'
import type { TextPart } from '../canonical/parts.ts'
import type { CanonicalRequest, ToolResult, Turn } from '../canonical/request.ts'
import { fitToolIds } from '../canonical/tool-ids.ts'
import { beginWithUser, mergeTurns, pairTools, splitSystem, systemAsUser, withoutEmptyText } from '../canonical/turns.ts'
import { isRecord, parseJson } from '../wire.ts'
import type { ToolNames } from '../canonical/tool-names.ts'
import type { Traits } from './traits.ts'
import { cacheControl, isBlank, isPaused, writeParts } from './write-parts.ts'
import type { ContentNotes, Written } from './write-parts.ts'

export interface TurnNotes extends ContentNotes {
  readonly target: TranslationTarget
  readonly traits: Traits
  readonly names: ToolNames
}

interface Message {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: readonly Written[]
}

export interface WrittenTurns {
  readonly system: readonly Written[]
  readonly messages: readonly Message[]
}

/** Ids that Anthropic takes. */
const ids = { fits: /^[a-zA-Z0-9_-]+$/, longest: 64, prefix: 'toolu_' }

export function writeTurns(request: CanonicalRequest, notes: TurnNotes): WrittenTurns {
  const { system, turns } = splitSystem(request.turns)
  const paired = pairTools(withoutEmptyText(fitToolIds(turns, ids)), { missing: 'error-result' })
  const ordered = beginWithUser(mergeTurns(placeSystem(paired, notes.traits)))
  const messages = joined(ordered.map((turn) => writeTurn(turn, notes)))
  return { system: writeSystem(system), messages: endWithUser(messages, notes) }
}

function writeSystem(parts: readonly TextPart[]): Written[] {
  return parts.flatMap(({ text, cache }) => (isBlank(text) ? [] : [{ type: 'text', text, ...cacheControl(cache) }]))
}

/**
 * System turns in the middle stay where they are if the model takes them there, which is between what a user and what the assistant
 * says; elsewhere they become text of the user. They are never moved to the front: that would change what they mean.
 */
function placeSystem(turns: readonly Turn[], { laterSystem }: Traits): readonly Turn[] {
  return turns.flatMap((turn, at) => {
    const before = turns[at - 1]?.role
    const behind = turns[at + 1]?.role
    const fits = (before === 'user' || before === 'tool') && (behind === undefined || behind === 'assistant')
    return turn.role !== 'system' || (laterSystem && fits) ? [turn] : systemAsUser([turn])
  })
}

function writeTurn(turn: Turn, notes: TurnNotes): Message {
  switch (turn.role) {
    case 'system':
      return { role: 'system', content: writeSystem(turn.parts) }
    case 'user':
      return { role: 'user', content: withSpeaker(writeParts(turn.parts, notes), turn.name) }
    case 'tool':
      return { role: 'user', content: turn.results.map((result) => writeResult(result, notes)) }
    case 'assistant':
      return { role: 'assistant', content: turn.blocks.flatMap((block) => writeBlock(block, notes)) }
  }
}

/** There is no field for who speaks: the name goes before the first text. */
function withSpeaker(content: readonly Written[], name: string | undefined): readonly Written[] {
  const first = content.findIndex(({ type }) => type === 'text')
  if (name === undefined || first === -1) return content
  return content.map((block, at) => (at === first ? { ...block, text: `${name}: ${String(block['text'])}` } : block))
}

function writeResult({ callId, parts, isError, cache }: ToolResult, notes: TurnNotes): Written {
  const content = writeParts(parts, notes)
  return {
    type: 'tool_result',
    tool_use_id: callId,
    ...(content.length > 0 && { content }),
    ...(isError && { is_error: true }),
    ...cacheControl(cache),
  }
}

function writeBlock(block: Block, notes: TurnNotes): Written[] {
  switch (block.is) {
    case 'text':
      return writeText(block)
    case 'refusal':
      return isBlank(block.text) ? [] : [{ type: 'text', text: block.text }]
    case 'reasoning':
      return writeReasoning(block, notes)
    case 'tool-call':
      return [writeCall(block, notes)]
    case 'image':
      notes.losses.lose('turns.image')
      return []
    case 'opaque':
      if (block.origin === 'anthropic-messages' && isRecord(block.value)) return [block.value]
      notes.losses.lose(`turns.${block.type}`)
      return []
  }
}

function writeText({ text, citations = [], cache }: TextBlock): Written[] {
  if (isBlank(text)) return []
  const own = citations.filter(({ origin }) => origin === 'anthropic-messages').map(({ value }) => value)
  return [{ type: 'text', text, ...(own.length > 0 && { citations: own }), ...cacheControl(cache) }]
}

/** Thinking goes back only where it came from: the signature of another vendor is a 400, and thinking without one too. */
function writeReasoning({ text, opaque }: ReasoningBlock, { target, losses }: TurnNotes): Written[] {
  if (opaque === undefined || !belongsTo(opaque, target)) {
    losses.lose('turns.reasoning')
    return []
  }
  if (opaque.redacted === true) return [{ type: 'redacted_thinking', data: opaque.data }]
  return [{ type: 'thinking', thinking: text, signature: opaque.data }]
}

function writeCall({ id, name, argumentsText, custom, cache }: ToolCallBlock, { names }: TurnNotes): Written {
  const input = custom === true ? { input: argumentsText } : objectIn(argumentsText)
  return { type: 'tool_use', id, name: names.out(name), input, ...cacheControl(cache) }
}

/** Arguments that are no JSON object, since the answer that held them was cut off, are kept as the text they are. */
function objectIn(text: string): Written {
  const json = text.trim() === '' ? {} : parseJson(text)
  if (isRecord(json)) return json
  return json === null ? {} : { _raw: text }
}

/** Messages of one role that are neighbours become one; those of which nothing is left are left out. */
function joined(messages: readonly Message[]): Message[] {
  const result: Message[] = []
  for (const message of messages) {
    if (message.content.length === 0) continue
    const last = result.at(-1)
    if (last?.role === message.role) result[result.length - 1] = { ...last, content: [...last.content, ...message.content] }
    else result.push(message)
  }
  return result
}

const placeholder: Message = { role: 'user', content: [{ type: 'text', text: '.' }] }

/**
 * The user has the first word, and the last one too where the model does not take the beginning of its own answer. Where it does,
 * that beginning may not end in spaces. Every model goes on where it has paused.
 */
function endWithUser(messages: readonly Message[], { traits, losses }: TurnNotes): readonly Message[] {
  const begun = messages[0]?.role === 'user' ? messages : [placeholder, ...messages]
  const last = begun.at(-1)
  if (last?.role !== 'assistant' || isPaused(last.content)) return begun
  if (traits.prefill) return [...begun.slice(0, -1), { ...last, content: trimmed(last.content) }]
  losses.lose('prefill')
  return [...begun, placeholder]
}

function trimmed(content: readonly Written[]): readonly Written[] {
  const last = content.at(-1)
  if (last === undefined || typeof last['text'] !== 'string') return content
  return [...content.slice(0, -1), { ...last, text: last['text'].trimEnd() }]
}
