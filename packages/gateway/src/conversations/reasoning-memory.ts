/**
 * Thinking that has to go back to the provider, for callers whose dialect has no place for it: OpenAI-style clients drop what
 * they do not know, and some providers refuse a tool's result whose call comes without the thinking before it.
 */
import { createHash } from 'node:crypto'
import type { Clock, Millis } from '@keywheel/keyring'
import type { ConversationMemory } from '../dialects/bridge.ts'
import type { CanonicalAnswer } from '../dialects/canonical/answer.ts'
import type { ReasoningBlock, ToolCallBlock } from '../dialects/canonical/blocks.ts'
import { Collector } from '../dialects/canonical/collect.ts'
import type { CanonicalEvent } from '../dialects/canonical/events.ts'
import type { Opaque } from '../dialects/canonical/opaque.ts'
import type { AssistantTurn, CanonicalRequest } from '../dialects/canonical/request.ts'

/** A tool loop takes minutes; one that was left lying is taken up again within hours or never. */
const livesForMs: Millis = 2 * 3_600_000
const mostBytes = 64 * 1024 * 1024

interface Remembered {
  readonly at: Millis
  readonly bytes: number
  /** The thinking before the call; told with the first call of an answer only. */
  readonly reasoning: readonly ReasoningBlock[]
  /** What hung on the call itself. */
  readonly opaque: Opaque | undefined
}

export class ReasoningMemory {
  readonly #clock: Clock
  readonly #mostBytes: number
  /** In order of making; the oldest goes first when there is no room. */
  readonly #entries = new Map<string, Remembered>()
  #bytes = 0

  constructor(clock: Clock, limits: { readonly mostBytes?: number } = {}) {
    this.#clock = clock
    this.#mostBytes = limits.mostBytes ?? mostBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The memory as one caller sees it: what one was told, no other gets back. */
  for(caller: string): ConversationMemory {
    return {
      recall: (request) => this.#recall(caller, request),
      listen: () => {
        const collector = new Collector()
        return {
          hear: (event: CanonicalEvent) => {
            collector.hear(event)
            if (event.is === 'finish') this.#keep(caller, collector.answer())
          },
          keep: (answer) => this.#keep(caller, answer),
        }
      },
    }
  }

  #keep(caller: string, { blocks }: CanonicalAnswer): void {
    const calls = blocks.filter((block) => block.is === 'tool-call')
    const reasoning = blocks.filter((block) => block.is === 'reasoning')
    if (calls.length === 0 || (reasoning.length === 0 && calls.every(({ opaque }) => opaque === undefined))) return
    for (const [position, call] of calls.entries()) {
      const told = position === 0 ? reasoning : []
      if (told.length > 0 || call.opaque !== undefined) this.#remember(nameOf(caller, call), { reasoning: told, opaque: call.opaque })
    }
  }

  #remember(name: string, { reasoning, opaque }: Pick<Remembered, 'reasoning' | 'opaque'>): void {
    const bytes = name.length + sizeOf(opaque) + reasoning.reduce((sum, block) => sum + 2 * block.text.length + sizeOf(block.opaque), 0)
    if (bytes > this.#mostBytes) return
    this.#forget(name)
    this.#entries.set(name, { at: this.#clock.now(), bytes, reasoning, opaque })
    this.#bytes += bytes
    for (const [oldest, { at }] of this.#entries) {
      if (this.#bytes <= this.#mostBytes && this.#clock.now() - at < livesForMs) break
      this.#forget(oldest)
    }
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    this.#entries.delete(name)
    this.#bytes -= entry.bytes
  }

  #recall(caller: string, request: CanonicalRequest): CanonicalRequest {
    if (this.#entries.size === 0) return request
    let changed = false
    const turns = request.turns.map((turn) => {
      const full = turn.role === 'assistant' ? this.#completed(caller, turn) : turn
      changed ||= full !== turn
      return full
    })
    return changed ? { ...request, turns } : request
  }

  /** What the caller brought itself is never replaced, unless it is thinking whose signature was lost on the way. */
  #completed(caller: string, turn: AssistantTurn): AssistantTurn {
    const brought = turn.blocks.filter((block) => block.is === 'reasoning')
    const isWhole = brought.some(isSigned)
    const recalled: ReasoningBlock[] = []
    let changed = false
    const blocks = turn.blocks.map((block) => {
      const entry = block.is === 'tool-call' ? this.#find(nameOf(caller, block)) : undefined
      if (entry === undefined || block.is !== 'tool-call') return block
      if (!isWhole) recalled.push(...entry.reasoning)
      if (block.opaque !== undefined || entry.opaque === undefined) return block
      changed = true
      return { ...block, opaque: entry.opaque }
    })
    const isMissed = recalled.length > 0 && (brought.length === 0 || (recalled.some(isSigned) && endsWithWords(brought, recalled)))
    if (isMissed) return { ...turn, blocks: [...recalled, ...blocks.filter(({ is }) => is !== 'reasoning')] }
    return changed ? { ...turn, blocks } : turn
  }

  #find(name: string): Remembered | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined || this.#clock.now() - entry.at < livesForMs) return entry
    this.#forget(name)
    return undefined
  }
}

/** Some providers give the same id in every turn, so name and arguments belong to it; callers may have written those anew. */
function nameOf(caller: string, { id, name, argumentsText }: ToolCallBlock): string {
  return createHash('sha256')
    .update(JSON.stringify([caller, id, name, plainly(argumentsText)]))
    .digest('base64url')
}

/** The same text for the same arguments; as it is where it is no JSON, or nests deeper than can be written again. */
function plainly(argumentsText: string): string {
  try {
    return JSON.stringify(JSON.parse(argumentsText))
  } catch {
    return argumentsText
  }
}

function isSigned({ opaque }: ReasoningBlock): boolean {
  return opaque !== undefined && opaque.data !== ''
}

/** Before them may stand what was thought in an attempt that was cut (docs/decisions/0012). */
function endsWithWords(brought: readonly ReasoningBlock[], recalled: readonly ReasoningBlock[]): boolean {
  const words = wordsIn(recalled)
  return words === '' ? wordsIn(brought) === '' : wordsIn(brought).endsWith(words)
}

/** Between thoughts each dialect has its own blank lines. */
function wordsIn(reasoning: readonly ReasoningBlock[]): string {
  return reasoning.map(({ text }) => text.replaceAll(/\s/g, '')).join('')
}

function sizeOf(opaque: Opaque | undefined): number {
  return opaque === undefined ? 0 : 200 + opaque.data.length
}
