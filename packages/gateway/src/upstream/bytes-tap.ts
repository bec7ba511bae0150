/** Lets bytes through that are no events: audio. Whether they are all there, only their framing tells. */
import type { StreamTap } from '../dialects/dialect.ts'

export class BytesTap implements StreamTap {
  /** Blocks that came: signs of life. */
  dataEvents = 0
  hasContent = false
  ended: 'no' | 'done' = 'no'
  /** Bytes say nothing about tokens. */
  readonly contentEvents = 0
  readonly failure: undefined
  readonly usage: undefined

  take(chunk: Buffer): Buffer | undefined {
    if (chunk.length === 0) return undefined
    this.dataEvents++
    this.hasContent = true
    return chunk
  }

  /** A body that breaks off never comes here: its connection has failed. */
  end(): undefined {
    this.ended = 'done'
  }
}
