/** The conversation as Converse takes it: user and assistant in turns, the user first, no blank text anywhere. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import type { Block, ReasoningBlock, ToolCallBlock } from '../canonical/blocks.ts'
import type { Losses } from '../canonical/losses.ts'
import type { CacheMark, FilePart, Part, TextPart } from '../canonical/parts.ts'
import type { AssistantTurn, ToolResult, Turn, UserTurn } from '../canonical/request.ts'
import { fitToolIds } from '../canonical/tool-ids.ts'
import { wrapCustomInput } from '../canonical/tool-names.ts'
import type { ToolNames } from '../canonical/tool-names.ts'
import { beginWithUser, mergeTurns, pairTools, systemAsUser, withoutEmptyText } from '../canonical/turns.ts'
import { isRecord, parseJson } from '../wire.ts'
import { flattenTools } from './flatten-tools.ts'
import { caches, isClaude } from './model-family.ts'
import type { Family } from './model-family.ts'
import { DocumentNames, documentOf, imageOf, videoOf } from './media.ts'

type Json = Readonly<Record<string, unknown>>

/** Turns the caller's cache marks into points, for the models that know them. */
export class CachePoints {
  readonly #family: Family
  readonly #losses: Losses

  constructor(family: Family, losses: Losses) {
    this.#family = family
    this.#losses = losses
  }

  /** The block, and a point behind it where the caller set a mark. */
  behind(block: Json, mark: CacheMark | undefined): readonly Json[] {
    if (mark === undefined) return [block]
    if (caches(this.#family)) {
      const keepsLonger = mark.ttl === '1h' && isClaude(this.#family, 4.5)
      return [block, { cachePoint: { type: 'default', ...(keepsLonger && { ttl: '1h' }) } }]
    }
    this.#losses.lose('cacheMarks')
    return [block]
  }
}

export interface MessagesAsk {
  readonly names: ToolNames
  readonly points: CachePoints
  readonly family: Family
  /** Tools are offered; without them the conversation must hold no calls either. */
  readonly withTools: boolean
  readonly isKept: (block: ReasoningBlock) => boolean
}

export function systemOf(parts: readonly TextPart[], points: CachePoints): readonly Json[] {
  return parts.filter(({ text }) => text.trim() !== '').flatMap(({ text, cache }) => points.behind({ text }, cache))
}

interface Message {
  readonly role: 'user' | 'assistant'
  readonly content: readonly Json[]
}

const toolIds = { fits: /^[\w-]+$/, longest: 64, prefix: 'tooluse_' }

/** @param given without the system turns that stand in front. */
export function messagesOf(given: readonly Turn[], ask: MessagesAsk): readonly Message[] {
  const paired = pairTools(systemAsUser(given), { missing: 'error-result' })
  const turns = fitToolIds(ask.withTools ? paired : flattenTools(paired), toolIds)
  const spoken = mergeTurns(withoutEmptyText(turns.map((turn) => withoutBlanks(turn, ask))))
  const writer = new MessageWriter(ask)
  return alternating(beginWithUser(spoken).map((turn) => writer.messageOf(turn)))
}

/** What would be blank becomes empty, and goes; thinking that cannot go back goes too, and a turn of nothing else with it. */
function withoutBlanks(turn: Turn, { isKept }: MessagesAsk): Turn {
  if (turn.role === 'user') return { ...turn, parts: turn.parts.map(emptied) }
  if (turn.role !== 'assistant') return turn
  return { ...turn, blocks: turn.blocks.filter((block) => block.is !== 'reasoning' || isKept(block)).map(emptied) }
}

function emptied<Piece extends Part | Block>(piece: Piece): Piece {
  return piece.is === 'text' && piece.text.trim() === '' ? { ...piece, text: '' } : piece
}

/** Results of tools and what the user says after them are one message. */
function alternating(messages: readonly Message[]): readonly Message[] {
  const told: Message[] = []
  for (const message of messages) {
    const last = told.at(-1)
    if (last?.role === message.role) told[told.length - 1] = { role: last.role, content: [...last.content, ...message.content] }
    else told.push(message)
  }
  if (told.length === 0) return [{ role: 'user', content: [{ text: '.' }] }]
  return withoutTrailingSpace(told.map(withWordsBesideDocuments))
}

/** A message with a document must hold text too. */
function withWordsBesideDocuments(message: Message): Message {
  const isMute = message.content.some((block) => 'document' in block) && !message.content.some((block) => 'text' in block)
  return isMute ? { ...message, content: [{ text: '.' }, ...message.content] } : message
}

/** What the assistant's turn is to go on from must not end with space. */
function withoutTrailingSpace(messages: readonly Message[]): readonly Message[] {
  const last = messages.at(-1)
  const text = last?.content.at(-1)?.['text']
  if (last?.role !== 'assistant' || typeof text !== 'string') return messages
  return [...messages.slice(0, -1), { ...last, content: [...last.content.slice(0, -1), { text: text.trimEnd() }] }]
}

class MessageWriter {
  readonly #ask: MessagesAsk
  readonly #documents = new DocumentNames()

  constructor(ask: MessagesAsk) {
    this.#ask = ask
  }

  messageOf(turn: Turn): Message {
    switch (turn.role) {
      case 'user':
        return { role: 'user', content: this.#userContent(turn) }
      case 'assistant':
        return { role: 'assistant', content: this.#assistantContent(turn) }
      case 'tool':
        return { role: 'user', content: turn.results.flatMap((result) => this.#resultBlocks(result)) }
      case 'system':
        return { role: 'user', content: turn.parts.map(({ text }) => ({ text })) }
    }
  }

  #userContent({ parts, name }: UserTurn): readonly Json[] {
    const spoken = name === undefined ? parts : [{ is: 'text', text: `${name}:` } as const, ...parts]
    return spoken.flatMap((part) => this.#ask.points.behind(this.#partBlock(part), 'cache' in part ? part.cache : undefined))
  }

  #partBlock(part: Part): Json {
    switch (part.is) {
      case 'text':
        return { text: part.text }
      case 'image':
        return { image: imageOf(part.source) }
      case 'video':
        return { video: videoOf(part.source) }
      case 'file':
        return { document: this.#document(part) }
      case 'audio':
        throw notHeld('Audio')
      case 'opaque':
        throw notHeld(`A \`${part.type}\` part`)
    }
  }

  #document({ source, name }: FilePart): Json {
    const text = source.is === 'text' ? { format: 'txt', source: { bytes: Buffer.from(source.text).toString('base64') } } : undefined
    const medium = text ?? (source.is === 'text' ? undefined : documentOf(source))
    return { name: this.#documents.next(name?.replace(/\.\w{1,5}$/, '')), ...medium }
  }

  #assistantContent({ blocks }: AssistantTurn): readonly Json[] {
    return blocks.flatMap((block) => this.#ask.points.behind(this.#blockOf(block), 'cache' in block ? block.cache : undefined))
  }

  #blockOf(block: Block): Json {
    switch (block.is) {
      case 'text':
      case 'refusal':
        return { text: block.text }
      case 'reasoning':
        return reasoningContent(block)
      case 'tool-call':
        return { toolUse: { toolUseId: block.id, name: this.#ask.names.out(block.name), input: inputOf(block) } }
      case 'image':
        throw notHeld('An image of the assistant')
      case 'opaque':
        throw notHeld(`A \`${block.type}\` block`)
    }
  }

  #resultBlocks({ callId, parts, isError, cache }: ToolResult): readonly Json[] {
    const told = parts.filter((part) => part.is !== 'text' || part.text.trim() !== '').map((part) => this.#partBlock(part))
    const content = told.length === 0 ? [{ text: '(empty)' }] : told
    const knowsErrors = caches(this.#ask.family)
    const failed = isError && !knowsErrors ? [{ text: 'Error:' }, ...content] : content
    const mark = cache ?? parts.map((part) => ('cache' in part ? part.cache : undefined)).find((each) => each !== undefined)
    const toolResult = { toolUseId: callId, content: failed, ...(isError && knowsErrors && { status: 'error' }) }
    return this.#ask.points.behind({ toolResult }, mark)
  }
}

function reasoningContent({ text, opaque }: ReasoningBlock): Json {
  const data = opaque?.data ?? ''
  // Bytes in JSON are base64.
  if (opaque?.redacted === true) return { reasoningContent: { redactedContent: Buffer.from(data).toString('base64') } }
  return { reasoningContent: { reasoningText: { text, signature: data } } }
}

/** An object always: what the model left unfinished cannot be sent back as it was. */
function inputOf({ argumentsText, custom }: ToolCallBlock): Json {
  const json = parseJson(custom === true ? wrapCustomInput(argumentsText) : argumentsText)
  return isRecord(json) ? json : {}
}

function notHeld(what: string): RefusedCall {
  return refuse('unsupported', `${what} cannot be sent to this model's provider. Leave it out, or ask for a model that takes it.`, {
    param: 'messages',
  })
}
