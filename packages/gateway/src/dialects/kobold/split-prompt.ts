/**
 * Makes turns of one flat prompt. In instruct mode Kobold Lite marks who speaks with `{{[INPUT]}}` and its like; without marks the
 * prompt is a text that breaks off.
 */
import type { Part } from '../canonical/parts.ts'
import type { Turn } from '../canonical/request.ts'

const mark = /\{\{\[(SYSTEM|INPUT|OUTPUT)(_END)?\]\}\}/g

/** Whether a stop text is one of the marks: no model ever writes them. */
export function isMark(text: string): boolean {
  return /^\s*\{\{\[(?:SYSTEM|INPUT|OUTPUT)(?:_END)?\]\}\}\s*$/.test(text)
}

/**
 * Models that were trained to chat answer a text instead of going on with it, so they are told. The text itself stays the user's
 * message, whole and untouched: as a message of the assistant it would be refused by some providers and taken for finished by
 * others.
 */
const continueText =
  "The user's message is not addressed to you. It is a text that breaks off: a story, the log of a chat or adventure, or a prompt with marks that say who speaks. Write what comes next, beginning with the very next character, in the same voice, format and language. Where the text breaks off behind a whole word, begin with a space. Repeat nothing of it, and add no comment, greeting, heading or quotation marks of your own."

/** A beginning of the answer that the caller has written itself is gone on with in the same way. */
const continueAnswer =
  'Go on with your last message from exactly where it stops, as if it had never been interrupted. Write only what comes next, and repeat nothing.'

/** @param media images and sound, which belong to what the user says last. */
export function splitPrompt(text: string, media: readonly Part[]): readonly Turn[] {
  const said = piecesOf(text)
  const turns = said.some(({ role }) => role !== 'system') ? turnsOf(said) : storyOf(text)
  return withMedia(turns, media)
}

function storyOf(text: string): readonly Turn[] {
  return [systemTurn(continueText), { role: 'user', parts: [{ is: 'text', text }] }]
}

interface Piece {
  readonly role: 'system' | 'user' | 'assistant'
  text: string
}

const roles: Readonly<Record<string, Piece['role']>> = { SYSTEM: 'system', INPUT: 'user', OUTPUT: 'assistant' }

/**
 * What stands before the first mark (the memory, mostly) is for the model alone. What stands behind an end mark belongs to nobody;
 * it goes with the piece before, where its writer put it.
 */
function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [{ role: 'system', text: '' }]
  let from = 0
  for (const found of text.matchAll(mark)) {
    const last = pieces.at(-1)
    if (last !== undefined) last.text += text.slice(from, found.index)
    from = found.index + found[0].length
    const role = roles[found[1] ?? '']
    if (found[2] === undefined && role !== undefined) pieces.push({ role, text: '' })
  }
  const last = pieces.at(-1)
  if (last !== undefined) last.text += text.slice(from)
  return pieces
}

function turnsOf(pieces: readonly Piece[]): readonly Turn[] {
  const turns = pieces.flatMap(({ role, text }): readonly Turn[] => {
    const said = text.trim()
    if (said === '') return []
    if (role === 'system') return [systemTurn(said)]
    if (role === 'user') return [{ role, parts: [{ is: 'text', text: said }] }]
    return [{ role, blocks: [{ is: 'text', text: said }] }]
  })
  if (turns.at(-1)?.role !== 'assistant') return turns
  return [...turns, { role: 'user', parts: [{ is: 'text', text: continueAnswer }] }]
}

function systemTurn(text: string): Turn {
  return { role: 'system', parts: [{ is: 'text', text }] }
}

function withMedia(turns: readonly Turn[], media: readonly Part[]): readonly Turn[] {
  if (media.length === 0) return turns
  const at = turns.findLastIndex(({ role }) => role === 'user')
  const turn = turns[at]
  if (turn?.role !== 'user') return [...turns, { role: 'user', parts: media }]
  return turns.with(at, { ...turn, parts: [...media, ...turn.parts] })
}
