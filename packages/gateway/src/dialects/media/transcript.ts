/** What transcriptions and translations have in common: a form with sound goes in, text in one of five formats comes out. */
import type { AnswerAsk, CheckedAnswer, Dialect, SketchAsk } from '../dialect.ts'
import { writeFormRequest } from '../multipart/request.ts'
import { formText, sketchForm } from '../multipart/sketch.ts'
import { usageFromOpenAi } from '../openai/usage.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { eventsOrWhole } from './answer-forms.ts'
import { membersOf, noAnswer, valueOf } from './answer.ts'
import { MediaEventTap } from './event-tap.ts'
import { openAiMedia } from './openai-media.ts'

/** `url` and `file_url` are Groq's and Mistral's names for sound that lies elsewhere. */
const needs = ['file', 'url', 'file_url', 'file_id', 'input_audio']

type Common = Omit<Dialect, 'name' | 'operation'>

/** @param example a model that can be named. */
export function transcriptDialect(example: string): Common {
  const rule = { once: ['model', 'stream', 'response_format'], needs, example }
  return {
    ...openAiMedia,
    sketch: (body: Buffer, ask: SketchAsk) => sketchForm(body, rule, ask),
    writeRequest: writeFormRequest,
    accept: '*/*',
    formOf: eventsOrWhole,
    readAnswer: checkTranscript,
    openTap: () => new MediaEventTap(),
  }
}

const plainFormats = new Set(['text', 'srt', 'vtt'])

/** A transcript of silence is empty, and an answer all the same. */
export function checkTranscript(body: Buffer, ask?: AnswerAsk): CheckedAnswer {
  if (body.length === 0) return noAnswer('The provider sent an empty answer.')
  const members = membersOf(body)
  if (members === undefined) {
    const isPlain = ask !== undefined && plainFormats.has(formText(ask.sketch, 'response_format')) && !ask.contentType.includes('json')
    return isPlain ? { usage: undefined, failure: undefined } : noAnswer('The provider sent a transcript that is not a JSON object.')
  }
  const error = valueOf(body, members, 'error')
  if (error !== undefined && error !== null) return { usage: undefined, failure: streamErrorFailure(body.toString()) }
  if (typeof valueOf(body, members, 'text') !== 'string') return noAnswer('The provider sent an answer without `text`.')
  return { usage: usageFromOpenAi(valueOf(body, members, 'usage')), failure: undefined }
}
