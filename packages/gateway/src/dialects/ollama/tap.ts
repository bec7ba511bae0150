/** Listens to a stream of Ollama's and lets its lines through as they came. */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { StreamTap } from '../dialect.ts'
import { LineReader } from './line-reader.ts'
import { usageFromOllama } from './usage.ts'

const lineEnd = Buffer.from('\n')

/** Whether a line holds something for the caller: text, thinking, a call. */
export type HasLineContent = (json: Record<string, unknown>) => boolean

export class OllamaTap implements StreamTap {
  readonly #lines: LineReader
  #out: Buffer[] = []
  hasContent = false
  ended: 'no' | 'finish' | 'done' = 'no'
  usage: Usage | undefined
  contentEvents = 0

  constructor(hasLineContent: HasLineContent) {
    this.#lines = new LineReader((json, raw) => {
      this.#out.push(raw, lineEnd)
      if (hasLineContent(json)) this.contentEvents++
      if (json['done'] === true) {
        this.ended = 'done'
        this.usage = usageFromOllama(json)
      }
      this.hasContent ||= this.contentEvents > 0 || this.ended === 'done'
    })
  }

  get dataEvents(): number {
    return this.#lines.dataEvents
  }

  get failure(): Failure | undefined {
    return this.#lines.failure
  }

  take(chunk: Buffer): Buffer | undefined {
    this.#lines.take(chunk)
    return this.#collect()
  }

  end(): Buffer | undefined {
    this.#lines.end()
    return this.#collect()
  }

  #collect(): Buffer | undefined {
    const out = this.#out
    this.#out = []
    return out.length === 0 ? undefined : Buffer.concat(out)
  }
}
