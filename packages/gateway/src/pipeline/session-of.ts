/**
 * Which conversation a call belongs to, so that it stays on the key whose prompt cache is warm. Nobody's name for it leaves this
 * file: a session is a hash of the name and the caller, so that two callers never share one.
 */
import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Sketch } from '../dialects/dialect.ts'
import { JsonFault } from '../dialects/json-scan.ts'
import type { Member } from '../dialects/json-scan.ts'
import { sessionFields } from '../dialects/session-fields.ts'
import type { Operation } from '../domain/operation.ts'
import { bytesPerToken } from '../usage/estimate-usage.ts'
import { Beginning } from './beginning.ts'

export interface SessionAsk {
  readonly operation: Operation
  readonly sketch: Pick<Sketch, 'bytes' | 'members'>
  readonly headers: IncomingHttpHeaders
  /** The hashed id of the caller. */
  readonly caller: string
}

/** Anybody's, Claude Code's, Codex's and OpenCode's, in the order in which they are believed. */
const sessionHeaders: readonly string[] = [
  'x-session-id',
  'x-conversation-id',
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'thread-id',
  'conversation_id',
  'x-session-affinity',
]

/** What a member of a request tells of its conversation; of names, the one that comes first is believed. */
type Tells = 'name' | 'holds-name' | 'system' | 'turns'

/**
 * `user` is left out: it is a person, who has many conversations. `metadata` may hold a name among other things: Claude Code's
 * `metadata.user_id` is a JSON text with one, or a long word that ends in one.
 */
const telling: ReadonlyMap<string, Tells> = new Map<string, Tells>([
  ...[...sessionFields, 'conversation', 'prompt_cache_key'].map((field) => [field, 'name'] as const),
  ['metadata', 'holds-name'],
  ['client_metadata', 'holds-name'],
  ['system', 'system'],
  ['systemInstruction', 'system'],
  ['system_instruction', 'system'],
  ['instructions', 'system'],
  ['messages', 'turns'],
  ['contents', 'turns'],
  ['input', 'turns'],
])
const order: readonly string[] = [...telling.keys()]

const heldName = /(?:session|conversation|thread|chat)_?id\\*"\s*:\s*\\*"([\w.:-]{1,128})|_session_([\da-f-]{36})/i

/**
 * Shorter prompts are in nobody's cache (1,024 tokens at OpenAI, Anthropic and Google): there is nothing to stay for, and calls that
 * all begin with the same few words are better spread.
 */
const smallestCached = 1024 * bytesPerToken

/** Longer names are not looked at: somebody has put a text there. */
const longestNameBytes = 4096

/** undefined: nothing ties the call to any other. */
export function sessionOf({ operation, sketch, headers, caller }: SessionAsk): string | undefined {
  if (operation !== 'chat') return undefined
  const name = nameInHeaders(headers)
  if (name !== undefined) return hashed(caller, 'name', Buffer.from(name))
  const { bytes } = sketch
  const members = sketch.members.filter(({ key }) => telling.has(key))
  const told = nameInBody(bytes, members)
  if (told !== undefined) return hashed(caller, 'name', Buffer.from(told))
  const start = bytes.length < smallestCached ? undefined : startOf(bytes, members)
  return start === undefined ? undefined : hashed(caller, 'start', start)
}

function hashed(caller: string, kind: string, bytes: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${caller} ${kind} `), bytes]), 'base64url').slice(0, 22)
}

function nameInHeaders(headers: IncomingHttpHeaders): string | undefined {
  for (const name of sessionHeaders) {
    const value = headers[name]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return undefined
}

function nameInBody(bytes: Buffer, members: readonly Member[]): string | undefined {
  const naming = members.filter(({ key }) => telling.get(key) === 'name' || telling.get(key) === 'holds-name')
  if (naming.length > 1) naming.sort((one, other) => order.indexOf(one.key) - order.indexOf(other.key))
  for (const member of naming) {
    const text = textOf(bytes, member)
    const name = telling.get(member.key) === 'name' ? text : heldNameIn(text)
    if (!blank.has(name)) return name
  }
  return undefined
}

const blank: ReadonlySet<string | undefined> = new Set([undefined, '', 'null', '{}'])

function heldNameIn(text: string = ''): string | undefined {
  const [, name, word] = heldName.exec(text) ?? []
  return name ?? word
}

/** The value's own bytes, a text's without its quotes; how it is escaped stays the same from call to call. */
function textOf(bytes: Buffer, { valueStart, valueEnd }: Member): string | undefined {
  if (valueEnd - valueStart > longestNameBytes) return undefined
  const edge = bytes[valueStart] === quote ? 1 : 0
  return bytes.toString('latin1', valueStart + edge, valueEnd - edge).trim()
}

const quote = 0x22

/** Systems are alike at their beginnings, and a time that stands there makes the prompt cache cold anyway. */
const systemBytes = 512
const userBytes = 2048
/** Instructions and greetings before the user's first turn. */
const mostTurns = 16

/**
 * What stays the same over all calls of one conversation: how its instructions begin, and how the user began. Two that begin alike
 * are one session. That is as it should be: what they have in common is what a prompt cache holds.
 */
function startOf(bytes: Buffer, members: readonly Member[]): Buffer | undefined {
  const turns = members.find(({ key }) => telling.get(key) === 'turns')
  if (turns === undefined) return undefined
  const beginning = new Beginning(bytes)
  try {
    for (const { key, valueStart } of members) if (telling.get(key) === 'system') beginning.add(valueStart, systemBytes)
    return addTurns(beginning, turns) ? beginning.bytes() : undefined
  } catch (error) {
    // The scanner is stricter with objects than with what stands inside of them.
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

/** True if the user has said something. */
function addTurns(beginning: Beginning, turns: Member): boolean {
  for (let at = turns.valueStart, seen = 0; seen < mostTurns; seen++) {
    const turn = beginning.nextTurn(at, turns.valueEnd)
    if (turn === undefined) return seen === 0 && beginning.add(turns.valueStart, userBytes)
    const isUsers = turn.role === 'user'
    const hasSaid = turn.content !== undefined && beginning.add(turn.content, isUsers ? userBytes : systemBytes)
    if (isUsers) return hasSaid
    at = turn.end
  }
  return false
}
