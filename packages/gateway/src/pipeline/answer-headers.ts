/** What an answer says about itself: who answered, after how many attempts, and where the time went. */
import type { Clock } from '@keywheel/keyring'
import type { FlatHeaders } from '../http/cors.ts'
import type { UpstreamAnswer } from '../upstream/answers.ts'
import type { PlannedTarget } from '../routing/plan.ts'
import { round } from './attempt-log.ts'
import { lowered } from './max-tokens-for.ts'
import type { CallUnderWay } from './call-under-way.ts'

interface Answered {
  readonly target: PlannedTarget
  readonly answer: UpstreamAnswer
}

export function answerHeaders({ call, accepted, log }: CallUnderWay, { target, answer }: Answered, clock: Clock): FlatHeaders {
  const { plan, sketch, dialect } = accepted
  const { passesThrough, wire } = answer.bridge
  const headers = [
    'x-keywheel-provider',
    target.pool,
    'x-keywheel-model',
    headerText(target.model.slice(0, longestModel)),
    'x-keywheel-attempts',
    String(log.records.length),
    'server-timing',
    timing(clock.now() - call.startedAt, log, answer),
  ]
  if (plan.route !== undefined) headers.push('x-keywheel-route', headerText(plan.route))
  if (!passesThrough) headers.push('x-keywheel-translated', answer.bridge.dialect)
  if (wire.losses.length > 0) headers.push('x-keywheel-dropped', droppedText(wire.losses))
  if (dialect.answerHeaders !== undefined) headers.push(...dialect.answerHeaders(call.id))
  const limit = lowered(target, sketch.maxTokens)
  if (limit !== undefined) headers.push('x-keywheel-max-tokens', String(limit))
  return headers
}

/** A caller may ask for anything by name; heads larger than usual are refused by clients. */
const longestModel = 256

/** Names of models and of unknown fields come from callers; a header takes only visible ASCII. */
function headerText(text: string): string {
  return /^[\x21-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed())
}

/** A request can hold thousands of fields that nobody knows; a header must stay small. */
const mostDropped = 40

function droppedText(losses: readonly string[]): string {
  const named = losses.slice(0, mostDropped).map((loss) => headerText(loss.slice(0, 64)).replaceAll(',', '%2C'))
  return losses.length > mostDropped ? `${named.join(', ')}, and ${losses.length - mostDropped} more` : named.join(', ')
}

/**
 * W3C Server-Timing, milliseconds: `before` until the answering attempt began (queue, failed attempts), `upstream` from
 * there to the first content or the whole answer, `total` until these headers.
 */
function timing(totalMs: number, { records }: CallUnderWay['log'], answer: UpstreamAnswer): string {
  const last = records.at(-1)
  const name = answer.kind === 'stream' ? 'first-content' : 'upstream'
  return `before;dur=${round(last?.startedAfterMs ?? 0)}, ${name};dur=${last?.tookMs ?? 0}, total;dur=${round(totalMs)}`
}
