/** A whole answer in the one form that every dialect is read into and written from. */
import type { Usage } from '../../domain/usage.ts'
import type { Block } from './blocks.ts'

/**
 * Why the model stopped. `stop-sequence`: at a text the caller named. `context-full`: the model's window, not the caller's
 * limit. `pause`: the vendor's own tools want to go on in another call. An error is never a reason to stop: it is a failure.
 */
export type Finish = 'stop' | 'stop-sequence' | 'length' | 'context-full' | 'tool-calls' | 'content-filter' | 'pause' | 'other'

export interface CanonicalAnswer {
  /** The provider's own name for it. */
  readonly id?: string
  /** What the provider says it used. */
  readonly model?: string
  /** Seconds since the Unix epoch. */
  readonly createdAt?: number
  readonly blocks: readonly Block[]
  readonly finish: Finish
  /** As the provider wrote it. */
  readonly rawFinish?: string
  /** Which of the caller's stop texts was met, where the provider tells. */
  readonly stopSequence?: string
  readonly usage?: Usage
  /** Token log probabilities in OpenAI's form. */
  readonly logprobs?: readonly unknown[]
}
