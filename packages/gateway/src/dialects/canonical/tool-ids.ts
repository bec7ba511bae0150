/**
 * Ids of tool calls, fitted to what a provider takes. Always the same for the same conversation: callers replay their history to
 * any instance, so nothing may be remembered.
 */
import { createHash } from 'node:crypto'
import type { AssistantTurn, ToolTurn, Turn } from './request.ts'

export interface ToolIdRule {
  /** Which ids may stay as they are. */
  readonly fits: RegExp
  readonly longest: number
  /** What a made id begins with. */
  readonly prefix: string
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Base 62 of a SHA-256: letters and digits only, as the strictest provider wants them. */
export function base62Hash(text: string, length: number): string {
  let rest = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
  let out = ''
  while (out.length < length) {
    out += digits[Number(rest % 62n)] ?? ''
    rest /= 62n
  }
  return out
}

/** An id for a call whose provider gives none. @param seed what tells the answer from every other, such as the call's id. */
export function mintToolCallId(seed: string, index: number): string {
  return `call_${base62Hash(`${seed} ${index}`, 24)}`
}

/** Maps every id, of calls and of their results alike. An id that is used again in a later turn gets another one there. */
export function fitToolIds(turns: readonly Turn[], rule: ToolIdRule): readonly Turn[] {
  const taken = new Set<string>()
  /** What the ids of the latest assistant turns became: results look up the call they belong to. */
  const current = new Map<string, FittedIds>()
  return turns.map((turn, number) => {
    if (turn.role === 'assistant') return withFittedCalls(turn, number, { rule, taken, current })
    return turn.role === 'tool' ? withFittedResults(turn, { rule, taken, current }) : turn
  })
}

/** What an id became, once for each call of the turn that has it; results take them in turn, and the last one again and again. */
interface FittedIds {
  readonly ids: string[]
  next: number
}

interface Fitting {
  readonly rule: ToolIdRule
  readonly taken: Set<string>
  readonly current: Map<string, FittedIds>
}

function withFittedCalls(turn: AssistantTurn, number: number, { rule, taken, current }: Fitting): AssistantTurn {
  const seen = new Set<string>()
  const blocks = turn.blocks.map((block, position) => {
    if (block.is !== 'tool-call') return block
    const id = freeId(block.id, `${number}.${position}`, rule, taken)
    taken.add(id)
    if (seen.has(block.id)) current.get(block.id)?.ids.push(id)
    else current.set(block.id, { ids: [id], next: 0 })
    seen.add(block.id)
    return id === block.id ? block : { ...block, id }
  })
  return { ...turn, blocks }
}

function freeId(id: string, place: string, rule: ToolIdRule, taken: ReadonlySet<string>): string {
  const { fits, longest, prefix } = rule
  if (id !== '' && id.length <= longest && fits.test(id) && !taken.has(id)) return id
  const length = Math.min(24, longest - prefix.length)
  const plain = prefix + base62Hash(id, length)
  return id !== '' && !taken.has(plain) ? plain : prefix + base62Hash(`${id} ${place}`, length)
}

function withFittedResults(turn: ToolTurn, { rule, current }: Fitting): ToolTurn {
  const results = turn.results.map((result) => {
    const fitted = current.get(result.callId)
    const callId = fitted?.ids[fitted.next] ?? freeId(result.callId, 'result', rule, new Set())
    if (fitted !== undefined && fitted.next < fitted.ids.length - 1) fitted.next++
    return callId === result.callId ? result : { ...result, callId }
  })
  return { ...turn, results }
}
