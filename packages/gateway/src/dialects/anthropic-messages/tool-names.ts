/**
 * Names of tools as Anthropic takes them, and back again. The table follows from the request alone, so that the reader of the
 * answer makes the same one as the writer of the request did.
 */
import { base62Hash } from '../canonical/tool-ids.ts'
import type { CanonicalRequest, Turn } from '../canonical/request.ts'

const fits = /^[a-zA-Z0-9_-]{1,128}$/
const longest = 128
const hashLength = 8

export class ToolNames {
  readonly #sent = new Map<string, string>()
  readonly #given = new Map<string, string>()
  readonly #custom = new Set<string>()

  constructor(request: Pick<CanonicalRequest, 'tools' | 'turns'> | undefined) {
    if (request === undefined) return
    const names = [...request.tools.flatMap((tool) => (tool.is === 'server' ? [] : [tool.name])), ...namesCalled(request.turns)]
    // Names that can stay as they are come first, so that a made one never takes theirs.
    for (const name of names) if (fits.test(name)) this.#keep(name, name)
    for (const name of names) if (!this.#sent.has(name)) this.#keep(name, this.#madeOf(name))
    for (const tool of request.tools) if (tool.is === 'custom') this.#custom.add(tool.name)
  }

  /** As the provider knows it. */
  sent(name: string): string {
    return this.#sent.get(name) ?? this.#madeOf(name)
  }

  /** As the caller knows it. */
  given(sent: string): string {
    return this.#given.get(sent) ?? sent
  }

  /** Whether the caller's tool takes free text. */
  isCustom(name: string): boolean {
    return this.#custom.has(name)
  }

  #keep(name: string, sent: string): void {
    this.#sent.set(name, sent)
    this.#given.set(sent, name)
  }

  #madeOf(name: string): string {
    if (fits.test(name)) return name
    const readable = name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, longest - hashLength - 1)
    return `${readable}_${base62Hash(name, hashLength)}`
  }
}

/** What the assistant has called so far, whether or not it is still offered. */
export function namesCalled(turns: readonly Turn[]): readonly string[] {
  const names = turns.flatMap((turn) =>
    turn.role === 'assistant' ? turn.blocks.flatMap((block) => (block.is === 'tool-call' ? [block.name] : [])) : [],
  )
  return [...new Set(names)]
}
