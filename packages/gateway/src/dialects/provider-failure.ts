/** What a provider's error answer means: one table by status, refined by what its text says. Shared by all dialects. */
import type { ProviderFailure, FailureReason } from '../domain/failure.ts'
import { scrub } from '../domain/scrub.ts'
import type { ErrorAnswer } from './dialect.ts'
import { retryAfterMs } from './retry-after.ts'
import { isRecord, parseJson, textIn } from './wire.ts'

const reasonByStatus: Readonly<Record<number, FailureReason>> = {
  400: 'bad-request',
  401: 'key-rejected',
  402: 'billing',
  403: 'key-forbidden',
  404: 'model-missing',
  408: 'timed-out',
  409: 'overloaded',
  413: 'too-large',
  422: 'bad-request',
  424: 'upstream-broken',
  425: 'overloaded',
  429: 'rate-limited',
  // Groq: flex capacity exceeded.
  498: 'overloaded',
  503: 'overloaded',
  504: 'timed-out',
  // Anthropic and others: overloaded.
  529: 'overloaded',
}

/** A sentence or code that says more than the status. The first that fits wins; `when` limits it to some reasons. */
interface Telling {
  readonly when: readonly FailureReason[]
  readonly says: RegExp
  readonly means: FailureReason
}

const tellings: readonly Telling[] = [
  // Groq answers 413 when one request is over the tokens-per-minute limit of the key.
  { when: ['too-large'], says: /tokens per minute|rate_limit_exceeded|\btpm\b/, means: 'rate-limited' },
  {
    when: ['bad-request', 'too-large'],
    says: /context[ _-]?(?:length|window)|maximum context|prompt (?:is )?too long|input is too long|too many tokens|too_many_(?:prompt_)?tokens|input token count|input tokens exceeded|total length of all messages|token limit exceeded/,
    means: 'context-too-long',
  },
  // Google's daily and per-minute limits say "check your plan and billing details" and are no matter of money.
  { when: ['rate-limited'], says: /resource_exhausted/, means: 'quota-exhausted' },
  // A 400 can quote the caller's own words, and a single word of theirs must not put a key to rest.
  {
    when: ['rate-limited', 'bad-request', 'key-forbidden'],
    says: /insufficient_quota|insufficient (?:balance|credit)|credit balance|billing[_ ](?:hard|not|account|limit|is)|payment required|out of credits?/,
    means: 'billing',
  },
  { when: ['rate-limited', 'key-forbidden'], says: /billing/, means: 'billing' },
  { when: ['rate-limited'], says: /quota|daily limit|per day/, means: 'quota-exhausted' },
  { when: ['bad-request'], says: /api_key_invalid|api key not valid|incorrect api key|invalid api key/, means: 'key-rejected' },
  {
    // OpenRouter refuses what its moderation flags with 403.
    when: ['bad-request', 'key-forbidden'],
    says: /content_filter|content_policy|content policy|content management policy|prohibited_content|flagged by our moderation|input was flagged/,
    means: 'content-refused',
  },
  {
    when: ['bad-request'],
    says: /model_not_found|model_decommissioned|model[^.]{0,120}(?:does not exist|not found|is not available|has been decommissioned)|unknown model|invalid model/,
    means: 'model-missing',
  },
  {
    when: ['bad-request'],
    says: /(?:does not|doesn't|do not) support|(?:is|are) not supported|unsupported_(?:parameter|value)|not a (?:chat|completion) model/,
    means: 'unsupported',
  },
]

/** The failure that an error answer stands for, with the provider's own words, scrubbed of anything secret. */
export function readProviderFailure(answer: ErrorAnswer): ProviderFailure {
  const json = parseJson(answer.body.toString('utf8', 0, 65_536))
  const told = toldIn(json)
  const message = scrub(told.message ?? plainText(answer)).slice(0, 2000)
  const reason = reasonOf(answer.status, `${message} ${told.code ?? ''} ${told.type ?? ''} ${statusText(json)}`)
  const retryMs = retryAfterMs(answer)
  return {
    reason,
    message,
    status: answer.status,
    sent: 'yes',
    told: { type: word(told.type), code: word(told.code), param: word(told.param) },
    ...(retryMs === undefined ? {} : { retryAfterMs: retryMs }),
  }
}

/** A type or code is a word; a provider that writes more into it is cut short. */
function word(text: string | undefined): string | undefined {
  return text === undefined ? undefined : scrub(text.slice(0, 1000)).slice(0, 200)
}

function reasonOf(status: number, said: string): FailureReason {
  const byStatus = reasonByStatus[status] ?? (status >= 400 && status < 500 ? 'bad-request' : 'upstream-broken')
  const text = said.slice(0, 8192).toLowerCase()
  return tellings.find(({ when, says }) => when.includes(byStatus) && says.test(text))?.means ?? byStatus
}

interface Told {
  readonly message?: string | undefined
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly param?: string | undefined
}

/** Copes with every shape seen: error object, error text, wrapped in an array, message or detail at top level. */
function toldIn(json: unknown): Told {
  const outer: unknown = Array.isArray(json) ? json[0] : json
  if (!isRecord(outer)) return {}
  const error = outer['error']
  if (isRecord(error)) return fieldsOf(error)
  const told = fieldsOf(outer)
  return { ...told, message: textIn(error) ?? told.message }
}

function fieldsOf(error: Record<string, unknown>): Told {
  return {
    message: textIn(error['message']) ?? detailOf(error['detail']),
    type: textIn(error['type']) ?? textIn(error['error_type']),
    code: codeOf(error['code']),
    param: textIn(error['param']),
  }
}

function codeOf(code: unknown): string | undefined {
  return typeof code === 'number' ? String(code) : textIn(code)
}

function detailOf(detail: unknown): string | undefined {
  if (Array.isArray(detail)) {
    const messages = detail.map((each) => (isRecord(each) ? textIn(each['msg']) : undefined)).filter((each) => each !== undefined)
    return messages.length === 0 ? undefined : messages.join('; ')
  }
  return isRecord(detail) ? (textIn(detail['msg']) ?? textIn(detail['message'])) : textIn(detail)
}

/** Google's `status` and the reasons in `details`, which carry the real meaning of its 400s and 429s. */
function statusText(json: unknown): string {
  const outer: unknown = Array.isArray(json) ? json[0] : json
  const error = isRecord(outer) ? outer['error'] : undefined
  if (!isRecord(error)) return ''
  const details = Array.isArray(error['details']) ? error['details'] : []
  const reasons = details.map((detail) => (isRecord(detail) ? (textIn(detail['reason']) ?? '') : ''))
  return `${textIn(error['status']) ?? ''} ${reasons.join(' ')}`
}

function plainText(answer: ErrorAnswer): string {
  const text = answer.body.toString('utf8', 0, 400).trim()
  const readable = text !== '' && !text.startsWith('<') && !text.startsWith('{') && !text.startsWith('[')
  return readable ? text : `The provider answered with status ${answer.status} and no readable explanation.`
}
