/**
 * OpenAI speech: `POST /v1/audio/speech`, which answers with sound, or with events where `stream_format` is `sse`.
 * https://platform.openai.com/docs/api-reference/audio/createSpeech
 */
import type { Dialect, Sketch, SketchAsk } from '../dialect.ts'
import { soundOrEvents } from '../media/answer-forms.ts'
import { noAnswer, membersOf, valueOf } from '../media/answer.ts'
import { MediaEventTap } from '../media/event-tap.ts'
import { openAiMedia } from '../media/openai-media.ts'
import { readValue, sketchJson } from '../sketch-json.ts'
import { spliceRequest } from '../splice-request.ts'
import { streamErrorFailure } from '../stream-error.ts'

export const openAiSpeech: Dialect = {
  ...openAiMedia,
  name: 'openai-speech',
  operation: 'speak',
  sketch,
  writeRequest: spliceRequest,
  accept: '*/*',
  formOf: soundOrEvents,
  readAnswer: (body) => {
    const error = valueOf(body, membersOf(body) ?? [], 'error')
    if (error === undefined || error === null) return noAnswer('The provider sent JSON where sound was asked for.')
    return { usage: undefined, failure: streamErrorFailure(body.toString()) }
  },
  openTap: () => new MediaEventTap(),
}

/** Some servers (Together) say `stream` for what is `stream_format` at OpenAI. */
function sketch(bytes: Buffer, ask: SketchAsk): Sketch {
  const read = sketchJson(bytes, { maxTokens: [], once: ['model', 'stream', 'stream_format'] }, ask)
  const format = read.members.find(({ key }) => key === 'stream_format')
  return { ...read, stream: read.stream || (format !== undefined && readValue(bytes, format) === 'sse') }
}
