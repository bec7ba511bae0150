/**
 * One answer of Gemini's as canonical events. A whole answer and a stream of them are read by the same steps: each object of a
 * stream is an answer of its own that goes on where the last one ended.
 */
import type { Failure } from '../../domain/failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { Finish } from '../canonical/answer.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { Origin } from '../canonical/opaque.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { unwrapCustomInput } from '../canonical/tool-names.ts'
import type { ToolNames } from '../canonical/tool-names.ts'
import { isRecord, textIn } from '../wire.ts'
import { BlockRun } from './block-run.ts'
import { fieldOf, recordIn, recordsIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'
import { blockReason, finishFrom, finishName, unspecified } from './finish.ts'
import { citationsFrom, groundingType } from './grounding.ts'
import { logprobsFrom } from './logprobs.ts'
import { PartialCall } from './partial-call.ts'
import { usageFromGemini } from './usage.ts'

/** What an id must look like so that callers can be given it; others are made anew. */
const usableId = /^[A-Za-z0-9_-]{1,40}$/

/** Members of a part that do not say what it is. */
const marks: ReadonlySet<string> = new Set(['thought', 'thoughtSignature', 'thought_signature'])

interface Ending {
  readonly finish: Finish | 'error'
  readonly raw: string
  readonly message: string | undefined
}

export class ResponseEvents {
  readonly #run: BlockRun
  readonly #names: ToolNames
  readonly #ids = new Set<string>()
  #seed = ''
  #hasStarted = false
  #isUnspecified = false
  #partial: PartialCall | undefined
  #grounding: Fields | undefined
  #ending: Ending | undefined
  usage: Usage | undefined
  failure: Failure | undefined

  /** @param names what the tools were called in the request. */
  constructor(origin: Origin, names: ToolNames) {
    this.#run = new BlockRun(origin)
    this.#names = names
  }

  /** A whole answer that does not say why it ended has ended all the same; one that says it does not know has not. */
  assumeEnd(): void {
    if (!this.#isUnspecified) this.#ending ??= { finish: 'stop', raw: 'STOP', message: undefined }
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined
  }

  /** The next object. After a failure nothing comes any more. */
  take(response: Fields): readonly CanonicalEvent[] {
    if (this.failure !== undefined) return []
    this.#begin(response)
    this.usage = usageFromGemini(fieldOf(response, 'usageMetadata')) ?? this.usage
    const blocked = blockReason(response)
    const feedback = recordIn(response, 'promptFeedback')
    if (blocked !== undefined)
      this.#ending = { finish: 'content-filter', raw: blocked, message: stringIn(feedback ?? {}, 'blockReasonMessage') }
    // Alternatives (candidateCount) are never asked for here.
    const [candidate] = recordsIn(response, 'candidates')
    if (candidate !== undefined) this.#takeCandidate(candidate)
    return this.#run.take()
  }

  /** The provider has said all. Without a reason to stop nothing is ended: whoever reads a stream takes it for cut off. */
  end(): readonly CanonicalEvent[] {
    if (this.failure !== undefined || this.#ending === undefined) return []
    this.#endPartial()
    this.#cite()
    this.#run.close()
    if (this.#grounding !== undefined) {
      this.#run.block({ is: 'opaque', type: groundingType, origin: 'gemini-generate', value: this.#grounding })
    }
    const { finish, raw } = this.#ending
    if (this.usage !== undefined) this.#run.add({ is: 'usage', usage: this.usage })
    // Gemini says STOP for calls as well.
    const told = finish === 'stop' && this.#run.calls > 0 ? 'tool-calls' : finish
    this.#run.add({ is: 'finish', finish: told === 'error' ? 'other' : told, raw })
    return this.#run.take()
  }

  #begin(response: Fields): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    const id = textIn(fieldOf(response, 'responseId'))
    const model = textIn(fieldOf(response, 'modelVersion'))
    const createdAt = secondsOf(fieldOf(response, 'createTime'))
    this.#seed = id ?? ''
    this.#run.add({ is: 'answer-start', id, model, createdAt })
  }

  #takeCandidate(candidate: Fields): void {
    const raw = finishName(fieldOf(candidate, 'finishReason'))
    const finish = raw === undefined || raw === unspecified ? undefined : finishFrom(raw)
    for (const part of recordsIn(recordIn(candidate, 'content') ?? {}, 'parts')) {
      // The call that comes with UNEXPECTED_TOOL_CALL is for a tool that nobody offered.
      if (finish !== 'error' || fieldOf(part, 'functionCall') === undefined) this.#takePart(part)
    }
    this.#takeBeside(candidate)
    this.#isUnspecified = raw === unspecified
    if (raw === undefined || finish === undefined) return
    this.#ending = { finish, raw, message: stringIn(candidate, 'finishMessage') }
    if (finish === 'error') this.#fail(raw, this.#ending.message)
  }

  /** What is told of the content beside it. */
  #takeBeside(candidate: Fields): void {
    const grounding = recordIn(candidate, 'groundingMetadata')
    if (grounding !== undefined && Object.keys(grounding).length > 0) this.#grounding = grounding
    const content = logprobsFrom(candidate)
    if (content.length > 0) this.#run.add({ is: 'logprobs', content })
  }

  #takePart(part: Fields): void {
    const signature = textIn(fieldOf(part, 'thoughtSignature'))
    const call = recordIn(part, 'functionCall')
    if (call !== undefined) return this.#takeCall(call, signature)
    // More of a call that has not ended comes before anything else; providers that forget to end it are not waited for.
    this.#endPartial()
    const text = stringIn(part, 'text')
    const isThought = fieldOf(part, 'thought') === true
    if (text !== undefined) this.#run.say(isThought ? 'reasoning' : 'text', text, signature)
    else this.#takeOther(part, isThought, signature)
  }

  #takeOther(part: Fields, isThought: boolean, signature: string | undefined): void {
    const inline = recordIn(part, 'inlineData')
    const mediaType = inline === undefined ? undefined : stringIn(inline, 'mimeType')
    const data = inline === undefined ? undefined : stringIn(inline, 'data')
    if (!isThought && signature === undefined && data !== undefined && mediaType?.startsWith('image/') === true) {
      this.#run.block({ is: 'image', source: { is: 'base64', mediaType, data } })
      return
    }
    const type = Object.keys(part).find((name) => !marks.has(name)) ?? 'part'
    this.#run.block({ is: 'opaque', type, origin: 'gemini-generate', value: part })
  }

  #takeCall(call: Fields, signature: string | undefined): void {
    const name = textIn(fieldOf(call, 'name'))
    const goesOn = fieldOf(call, 'willContinue') === true
    if (name === undefined) {
      this.#partial?.take(call)
      if (!goesOn) this.#endPartial()
      return
    }
    this.#endPartial()
    const id = textIn(fieldOf(call, 'id'))
    if (goesOn || fieldOf(call, 'partialArgs') !== undefined) {
      this.#partial = new PartialCall({ id, name, signature })
      this.#partial.take(call)
      if (!goesOn) this.#endPartial()
      return
    }
    const args = fieldOf(call, 'args')
    this.#tellCall({ id, name, signature, argumentsText: JSON.stringify(isRecord(args) ? args : {}) })
  }

  #endPartial(): void {
    const partial = this.#partial
    this.#partial = undefined
    if (partial !== undefined) this.#tellCall(partial)
  }

  #tellCall({ id, name, signature, argumentsText }: Pick<PartialCall, 'id' | 'name' | 'signature' | 'argumentsText'>): void {
    const own = id !== undefined && usableId.test(id) && !this.#ids.has(id) ? id : undefined
    const told = own ?? mintToolCallId(`${this.#seed} ${name} ${argumentsText}`, this.#run.calls)
    this.#ids.add(told)
    const asked = this.#names.back(name)
    const custom = this.#names.isCustom(asked)
    const given = custom ? unwrapCustomInput(argumentsText) : argumentsText
    this.#run.call({ id: told, name: asked, argumentsText: given, custom, signature })
  }

  #cite(): void {
    if (this.#grounding === undefined) return
    const open = this.#run.openText
    for (const { index, citation } of citationsFrom(this.#grounding, this.#run.texts)) {
      if (index === open) this.#run.cite(citation)
      else {
        // Its text is told already, and only an open block can take it: the source is worth more than its place.
        const { start: _start, end: _end, ...rest } = citation
        this.#run.cite(rest)
      }
    }
  }

  #fail(raw: string, message: string | undefined): void {
    this.failure = {
      reason: 'bad-answer',
      message: `The model broke off with ${raw}${message === undefined ? '.' : `: ${message}`}`,
      sent: 'yes',
    }
  }
}

function secondsOf(time: unknown): number | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000)
}
