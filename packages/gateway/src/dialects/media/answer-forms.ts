/** How answers come whose content type says more than the request: by model and server, not by what was asked. */
import type { AnswerForm, Sketch } from '../dialect.ts'

/** Events where a stream was asked for and the model can stream; else the whole answer, whatever its text format. */
export function eventsOrWhole(contentType: string, { stream }: Sketch): AnswerForm {
  const isStream = contentType === '' || contentType.includes('text/event-stream')
  return stream && isStream ? 'events' : 'whole'
}

/** Sound goes on as it comes; events where they were asked for; JSON can only be an error. */
export function soundOrEvents(contentType: string, { stream }: Sketch): AnswerForm | undefined {
  if (contentType.includes('text/event-stream')) return stream ? 'events' : undefined
  if (contentType.includes('json')) return 'whole'
  return contentType.startsWith('text/') ? undefined : 'bytes'
}
