/**
 * Concurrent small requests for embeddings go to the provider as one. Each caller has its own answer, its own row and its own share of
 * the usage; one that leaves does not disturb the others. A batch is pursued like any call, by the one candidate loop.
 */
import type { Clock, Outcome, Pursued, Timer } from '@keywheel/keyring'
import { batchPart, mergeParts, splitAnswer } from '../dialects/openai-embeddings/batch.ts'
import type { BatchPart, PartAnswer } from '../dialects/openai-embeddings/batch.ts'
import type { Failure } from '../domain/failure.ts'
import type { Secret } from '../domain/secret.ts'
import type { PlannedTarget } from '../routing/plan.ts'
import type { UpstreamAnswer } from '../upstream/answers.ts'
import type { CallUnderWay } from './call-under-way.ts'

export interface BatchLimits {
  readonly maxItems: number
  /** From the first request on. */
  readonly maxWaitMs: number
}

export type PursuedCall = Pursued<PlannedTarget, Secret | undefined, UpstreamAnswer>
export type Judge = (outcome: Outcome<UpstreamAnswer>) => Outcome<UpstreamAnswer>

/** Pursues a call. `judge` has the last word on what an attempt came to. */
export type Chase = (underWay: CallUnderWay, signal: AbortSignal, judge?: Judge) => Promise<PursuedCall>

interface Member {
  readonly underWay: CallUnderWay
  readonly part: BatchPart
  readonly settle: PromiseWithResolvers<PursuedCall>
  isGone: boolean
}

interface Batch {
  readonly key: string
  readonly chase: Chase
  readonly timer: Timer
  members: readonly Member[]
  items: number
  /** Present once it is on its way. */
  leaving: AbortController | undefined
}

const miscounted: Failure = {
  reason: 'bad-answer',
  message: 'The provider sent another number of vectors than was asked for.',
  sent: 'yes',
}
const left: Failure = { reason: 'cancelled', message: 'The caller closed the connection.', sent: 'maybe' }

export class EmbeddingBatches {
  readonly #limits: BatchLimits
  readonly #clock: Clock
  /** Those that still take members. */
  readonly #open = new Map<string, Batch>()

  constructor(limits: BatchLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** undefined: the call goes alone. */
  join(underWay: CallUnderWay, signal: AbortSignal, chase: Chase): Promise<PursuedCall> | undefined {
    const { dialect, sketch, opening } = underWay.accepted
    if (dialect.name !== 'openai-embeddings' || signal.aborted) return undefined
    const part = batchPart(sketch)
    if (part === undefined || part.inputs.length >= this.#limits.maxItems) return undefined
    const batch = this.#batchFor(`${opening.caller} ${part.key}`, part.inputs.length, chase)
    const member: Member = { underWay, part, settle: Promise.withResolvers(), isGone: false }
    batch.members = [...batch.members, member]
    batch.items += part.inputs.length
    signal.addEventListener('abort', () => this.#leave(batch, member), { once: true })
    if (batch.items === this.#limits.maxItems) this.#send(batch)
    return member.settle.promise
  }

  #batchFor(key: string, items: number, chase: Chase): Batch {
    const known = this.#open.get(key)
    if (known !== undefined && known.items + items <= this.#limits.maxItems) return known
    if (known !== undefined) this.#send(known)
    const timer = this.#clock.after(this.#limits.maxWaitMs, () => this.#send(batch))
    const batch: Batch = { key, chase, timer, members: [], items: 0, leaving: undefined }
    this.#open.set(key, batch)
    return batch
  }

  /** Before the batch is sent, nobody pays for what one that left had asked; after it, the others go on. */
  #leave(batch: Batch, member: Member): void {
    member.isGone = true
    member.settle.resolve({ kind: 'failed', failure: left, attempts: [], refused: [] })
    if (batch.leaving === undefined) {
      batch.members = batch.members.filter((each) => each !== member)
      batch.items -= member.part.inputs.length
      if (batch.members.length === 0) this.#close(batch)
    } else if (batch.members.every(({ isGone }) => isGone)) batch.leaving.abort()
  }

  #close(batch: Batch): void {
    batch.timer.cancel()
    if (this.#open.get(batch.key) === batch) this.#open.delete(batch.key)
  }

  #send(batch: Batch): void {
    this.#close(batch)
    batch.leaving = new AbortController()
    const [first, ...others] = batch.members
    if (first !== undefined) void carry(batch, [first, ...others], batch.leaving.signal)
  }
}

async function carry({ chase }: Batch, members: readonly [Member, ...Member[]], signal: AbortSignal): Promise<void> {
  const [first, ...others] = members
  let answers: readonly PartAnswer[] | undefined
  const judge: Judge = (outcome) => {
    if (outcome.kind === 'failed' || outcome.answer.kind === 'stream') return outcome
    answers = splitAnswer(
      outcome.answer.body,
      members.map(({ part }) => part),
    )
    return answers === undefined ? { kind: 'failed', failure: miscounted } : outcome
  }
  try {
    const sketch = mergeParts([first.part, ...others.map(({ part }) => part)])
    const pursued = await chase({ ...first.underWay, accepted: { ...first.underWay.accepted, sketch } }, signal, judge)
    share(pursued, members, answers ?? [])
  } catch (bug) {
    for (const { settle } of members) settle.reject(bug)
  }
}

/** To everybody who is still there. One of them counts the attempts as its own; they were made only once. */
function share(pursued: PursuedCall, members: readonly Member[], answers: readonly PartAnswer[]): void {
  const counting = members.find(({ isGone }) => !isGone)
  for (const [index, member] of members.entries()) {
    if (member !== counting) member.underWay.log.ridesAlong = true
    member.settle.resolve(pursued.kind === 'failed' ? pursued : ownPart(pursued, answers[index]))
  }
  if (pursued.kind === 'answered') pursued.finish({ tokens: answers.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0), 0) })
}

function ownPart(pursued: Extract<PursuedCall, { kind: 'answered' }>, part: PartAnswer | undefined): PursuedCall {
  const { answer } = pursued
  if (answer.kind === 'stream' || part === undefined) throw new Error('a batch has no part for one of its members')
  // The slot is given back once, for all.
  return { ...pursued, answer: { ...answer, body: part.body, usage: part.usage }, finish: () => undefined }
}
