/** Writes a whole answer of the Responses API. It is put together as a stream would be, so that the two can only agree. */
import type { CanonicalAnswer } from '../canonical/answer.ts'
import { replay } from '../canonical/replay.ts'
import type { WriterAsk } from '../dialect.ts'
import { isRecord, textIn } from '../wire.ts'
import { ResponsesStreamWriter } from './stream-writer.ts'

export function writeResponsesAnswer(answer: CanonicalAnswer, ask: WriterAsk): Buffer {
  const writer = new ResponsesStreamWriter(ask)
  for (const event of replay(answer)) writer.write(event)
  const response = writer.whole ?? {}
  return Buffer.from(JSON.stringify({ ...response, output_text: outputText(response['output']) }))
}

/** What SDKs call the text of the answer. */
function outputText(output: unknown): string {
  const items = Array.isArray(output) ? output.filter(isRecord) : []
  return items
    .flatMap(({ content }) => (Array.isArray(content) ? content.filter(isRecord) : []).map(({ text }) => textIn(text) ?? ''))
    .join('')
}
