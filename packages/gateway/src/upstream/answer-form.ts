/** How an answer will go on, as its head tells: before any byte of its body is looked at. */
import type { Bridge } from '../dialects/bridge.ts'
import type { AnswerForm, StreamTap } from '../dialects/dialect.ts'
import type { Failure } from '../domain/failure.ts'
import { badAnswer } from './answer-failures.ts'

interface Asked {
  readonly bridge: Pick<Bridge, 'formOf'>
  /** Present: the caller wants a stream. */
  readonly tap: StreamTap | undefined
}

/** @param type the content type in lower case, empty where there is none. */
export function answerForm(type: string, { bridge, tap }: Asked): AnswerForm | Failure {
  if (type.includes('text/html')) return badAnswer('The provider answered with a web page.')
  const isStream = type.includes('text/event-stream')
  if (tap === undefined && isStream) return badAnswer('The provider answered with a stream that was not asked for.')
  if (bridge.formOf !== undefined) return bridge.formOf(type) ?? badAnswer(`The provider answered with \`${type.slice(0, 100)}\`.`)
  // JSON in place of a stream is an error in disguise or an answer in the wrong form: it is read whole and judged then.
  return tap === undefined || type.includes('application/json') ? 'whole' : 'events'
}
