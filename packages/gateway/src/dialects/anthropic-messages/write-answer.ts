/** A whole answer as a Messages caller gets it. */
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { WriterAsk } from '../dialect.ts'
import { stopOf, stopReasonOf } from './stop-reason.ts'
import { anthropicUsage } from './usage.ts'
import { messageId, writeBlock } from './write-blocks.ts'

export function writeAnswer(answer: CanonicalAnswer, { callId, model }: WriterAsk): Buffer {
  const stopReason = stopReasonOf(stopOf(answer))
  const message = {
    id: messageId(callId),
    type: 'message',
    role: 'assistant',
    model,
    content: answer.blocks.map(writeBlock).filter((block) => block !== undefined),
    stop_reason: stopReason,
    stop_sequence: stopReason === 'stop_sequence' ? answer.stopSequence : null,
    usage: anthropicUsage(answer.usage),
  }
  return Buffer.from(JSON.stringify(message))
}
