/** Many callers who each read a slow stream, one after another: when the first token came, how evenly the others did. */
import { setTimeout as wait } from 'node:timers/promises'
import { Connection } from './connection.ts'
import type { CallTarget } from './connection.ts'
import { contentMark } from './wire.ts'

export interface StreamPlan {
  readonly atOnce: number
  /** Streams that each caller reads. */
  readonly each: number
  /** Over how long the callers arrive, so that their chunks do not all fall into one moment. */
  readonly arriveWithinMs: number
}

export interface StreamResult {
  /** Content chunks over all streams. */
  readonly chunks: number
  readonly failed: number
  /** Milliseconds from the request to the first content, one for each stream. */
  readonly firstContent: readonly number[]
  /** Milliseconds between two reads with content. */
  readonly gaps: readonly number[]
}

/** @param midway called once when all callers are at it. */
export async function readStreams(target: CallTarget, plan: StreamPlan, midway?: () => void): Promise<StreamResult> {
  const readers = Array.from({ length: plan.atOnce }, () => new Reader(target))
  const pause = plan.arriveWithinMs / plan.atOnce
  const all = readers.map(async (reader, index) => {
    await wait(index * pause)
    await reader.read(plan.each)
  })
  if (midway !== undefined) setTimeout(midway, plan.arriveWithinMs + 500)
  await Promise.all(all)
  return {
    chunks: readers.reduce((sum, { chunks }) => sum + chunks, 0),
    failed: readers.reduce((sum, { failed }) => sum + failed, 0),
    firstContent: readers.flatMap((reader) => reader.firstContent),
    gaps: readers.flatMap((reader) => reader.gaps),
  }
}

class Reader {
  readonly #target: CallTarget
  readonly #mark: Buffer
  readonly firstContent: number[] = []
  readonly gaps: number[] = []
  chunks = 0
  failed = 0
  #askedAt = 0
  /** 0 until the stream's first content. */
  #lastAt = 0

  constructor(target: CallTarget) {
    this.#target = target
    this.#mark = Buffer.from(target.mark ?? contentMark)
  }

  async read(streams: number): Promise<void> {
    const connection = new Connection({ ...this.#target, watch: (bytes) => this.#watch(bytes) })
    for (let stream = 0; stream < streams; stream++) {
      this.#askedAt = performance.now()
      this.#lastAt = 0
      const ok = await new Promise<boolean>((resolve) => connection.ask(resolve))
      if (!ok) this.failed++
    }
    connection.close()
  }

  #watch(bytes: Buffer): void {
    const before = this.chunks
    const mark = this.#mark
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) this.chunks++
    if (this.chunks === before) return
    const now = performance.now()
    if (this.#lastAt === 0) this.firstContent.push(now - this.#askedAt)
    else this.gaps.push(now - this.#lastAt)
    this.#lastAt = now
  }
}
