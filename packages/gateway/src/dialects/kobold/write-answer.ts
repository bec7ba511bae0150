/** Writes answers as KoboldCpp does: one text, and a stream whose events Kobold Lite's regular expression finds. */
import type { CanonicalAnswer, Finish } from '../canonical/answer.ts'
import type { Block } from '../canonical/blocks.ts'
import type { CanonicalEvent } from '../canonical/events.ts'
import type { StreamWriter, WriterAsk } from '../dialect.ts'
import { escapeSeparators } from '../wire.ts'
import { bodyOf } from './read-request.ts'

type FinishReason = 'stop' | 'length'

function reasonOf(finish: Finish): FinishReason {
  return finish === 'length' || finish === 'context-full' ? 'length' : 'stop'
}

/** How the caller wants its text. */
interface Wishes {
  /** `"reasoning": "show"`: thinking stands in front of the text, between tags. Otherwise it is left out. */
  readonly showsReasoning: boolean
  /** `trim_stop: false`, as where it is not sent: the text that ended the answer is part of it. */
  readonly keepsStop: boolean
}

function wishesIn(ask: WriterAsk): Wishes {
  const body = bodyOf(ask.sketch)
  return { showsReasoning: body['reasoning'] === 'show', keepsStop: body['trim_stop'] !== true }
}

export function writeKoboldAnswer(answer: CanonicalAnswer, ask: WriterAsk): Buffer {
  const wishes = wishesIn(ask)
  const met = wishes.keepsStop ? (answer.stopSequence ?? '') : ''
  const text = answer.blocks.map((block) => textOf(block, wishes)).join('') + met
  const logprobs = answer.logprobs === undefined ? {} : { logprobs: { content: answer.logprobs } }
  return Buffer.from(JSON.stringify({ results: [{ text, finish_reason: reasonOf(answer.finish), ...logprobs }] }))
}

/** A refusal is what the model says; for anything but text there is no place. */
function textOf(block: Block, { showsReasoning }: Wishes): string {
  if (block.is === 'text' || block.is === 'refusal') return block.text
  return block.is === 'reasoning' && showsReasoning && block.text !== '' ? `<think>${block.text}</think>\n` : ''
}

/** `event:` and `data:` stand on neighbouring lines with one space each, the JSON on one line; anything else is not found or throws. */
export function tokenEvent(token: string, reason: FinishReason | null): string {
  return `event: message\ndata: ${escapeSeparators(JSON.stringify({ token, finish_reason: reason }))}\n\n`
}

export class KoboldWriter implements StreamWriter {
  readonly #wishes: Wishes
  /** Whether thinking has been shown that has no end yet. */
  #thinks = false

  constructor(ask: WriterAsk) {
    this.#wishes = wishesIn(ask)
  }

  write(event: CanonicalEvent): string {
    if (event.is === 'text-delta' || event.is === 'refusal-delta') return tokenEvent(event.text, null)
    if (event.is === 'reasoning-delta') return this.#think(event.text)
    if (event.is === 'reasoning-end') return this.#endThinking()
    if (event.is !== 'finish') return ''
    const met = this.#wishes.keepsStop ? (event.stopSequence ?? '') : ''
    return tokenEvent(met, reasonOf(event.finish))
  }

  #think(text: string): string {
    if (!this.#wishes.showsReasoning) return ''
    const opening = this.#thinks ? '' : '<think>'
    this.#thinks = true
    return tokenEvent(opening + text, null)
  }

  #endThinking(): string {
    if (!this.#thinks) return ''
    this.#thinks = false
    return tokenEvent('</think>\n', null)
  }
}
