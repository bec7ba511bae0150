/** Bedrock's errors: the kind stands in a header or in a frame, the body holds little more than a sentence. */
import type { FailureReason, ProviderFailure } from '../../domain/failure.ts'
import type { ErrorAnswer } from '../dialect.ts'
import { readProviderFailure } from '../provider-failure.ts'
import type { Frame } from './frames.ts'

/** The status of each kind, for errors that come inside a stream that was answered with 200. */
const statusOfKind: Readonly<Record<string, number>> = {
  accessdenied: 403,
  expiredtoken: 403,
  internalserver: 500,
  modelerror: 424,
  modelnotready: 429,
  modelstreamerror: 424,
  modeltimeout: 408,
  resourcenotfound: 404,
  servicequotaexceeded: 400,
  serviceunavailable: 503,
  throttling: 429,
  unrecognizedclient: 403,
  validation: 400,
}

/** Kinds that mean something else than their status says. */
const reasonOfKind: Readonly<Record<string, FailureReason>> = {
  expiredtoken: 'key-rejected',
  incompletesignature: 'key-rejected',
  invalidsignature: 'key-rejected',
  missingauthenticationtoken: 'key-rejected',
  unrecognizedclient: 'key-rejected',
  modelnotready: 'overloaded',
  servicequotaexceeded: 'quota-exhausted',
  modeltimeout: 'timed-out',
}

/** What a refused model is called in the sentences of a ValidationException. */
const noSuchModel =
  /provided model identifier is invalid|model (?:version )?is not (?:found|supported)|on-demand throughput isn.t supported/i

/** An error answer; `x-amzn-errortype: ValidationException:http://…` names its kind. */
export function readBedrockFailure(answer: ErrorAnswer): ProviderFailure {
  const header = answer.headers['x-amzn-errortype']
  return refine(readProviderFailure(answer), typeof header === 'string' ? header : '')
}

/** An exception in the middle of a stream. */
export function frameFailure({ headers, payload }: Frame): ProviderFailure {
  const kind = headers[':exception-type'] ?? headers[':error-code'] ?? ''
  const status = statusOfKind[plain(kind)] ?? 500
  const said = headers[':error-message']
  const body = said === undefined ? payload : Buffer.from(JSON.stringify({ message: said }))
  return refine(readProviderFailure({ status, headers: {}, body, wallNow: 0 }), kind)
}

function refine(failure: ProviderFailure, kind: string): ProviderFailure {
  const [type = ''] = kind.split(':')
  const reason = reasonOfKind[plain(kind)] ?? (noSuchModel.test(failure.message) ? 'model-missing' : failure.reason)
  return { ...failure, reason, ...(type !== '' && { told: { ...failure.told, type } }) }
}

/** `ThrottlingException:http://…` and `throttlingException` alike. */
function plain(kind: string): string {
  const [name = ''] = kind.toLowerCase().split(':')
  return name.replace(/exception$/, '')
}
