/** What a provider's error answer means: one table by status, refined by what its text says. Shared by all dialects. */
import type { ProviderFailure, FailureReason } from '../domain/failure.ts'
import { scrub } from '../domain/scrub.ts'
import type { ErrorAnswer } from './dialect.ts'
import { detailsIn, quotaPeriodIn } from './google-quota.ts'
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
  // Cloudflare: the server behind it took too long.
  524: 'timed-out',
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
    says: /context[ _-]?(?:length|window|size)|context (?:the )?overflow|maximum context|prompt (?:is )?too long|prompt exceeds max|input is too long|too many tokens|too_many_(?:prompt_)?tokens|input token count|input tokens exceeded|total length of all messages|token limit exceeded|exceeded model token limit|`inputs` tokens \+ `max_new_tokens`/,
    means: 'context-too-long',
  },
  // Google's daily and per-minute limits say "check your plan and billing details" and are no matter of money.
  { when: ['rate-limited'], says: /quota-per-day/, means: 'quota-exhausted' },
  { when: ['rate-limited'], says: /quota-per-minute/, means: 'rate-limited' },
  { when: ['rate-limited'], says: /prepayment credits are depleted/, means: 'billing' },
  // Vertex shares out what there is: nobody's quota is used up.
  { when: ['rate-limited'], says: /resource exhausted\. please try again later/, means: 'rate-limited' },
  { when: ['rate-limited'], says: /resource_exhausted/, means: 'quota-exhausted' },
  // Cerebras, Moonshot and Mistral refuse with 429 when they themselves are full.
  { when: ['rate-limited'], says: /queue_exceeded|engine_overloaded|tier capacity exceeded/, means: 'overloaded' },
  // A 400 can quote the caller's own words, and a single word of theirs must not put a key to rest.
  {
    when: ['rate-limited', 'bad-request', 'key-forbidden'],
    says: /insufficient_quota|insufficient (?:account )?(?:balance|credit)|balance is insufficient|credit balance|billing[_ ](?:hard|not|account|limit|is)|payment required|out of credits?|specified (?:workspace )?api usage limits|^access denied, please make sure your account is in good standing/,
    means: 'billing',
  },
  { when: ['rate-limited', 'key-forbidden'], says: /billing|spend(?:ing)?[ _]limit|any credits|all available credits/, means: 'billing' },
  { when: ['rate-limited'], says: /daily limit|per[ -](?:day|week|month)|\b[rt]pd\b|weekly limit|monthly limit/, means: 'quota-exhausted' },
  // Cerebras calls a minute's limit a quota as well.
  { when: ['rate-limited'], says: /per[ -](?:second|min|minute|hour)\b|\b[rt]pm\b/, means: 'rate-limited' },
  { when: ['rate-limited'], says: /quota/, means: 'quota-exhausted' },
  // Azure's gateway for APIs.
  { when: ['key-forbidden'], says: /out of call volume quota|quota exceeded/, means: 'quota-exhausted' },
  {
    when: ['bad-request'],
    says: /api_key_invalid|api key not valid|api key expired|incorrect api key|invalid api key/,
    means: 'key-rejected',
  },
  // The whole account and not one model. A 400 must begin with it, as it may quote the caller.
  {
    when: ['bad-request', 'key-forbidden'],
    says: /^(?:this|your) organization has been disabled|^user location is not supported/,
    means: 'key-rejected',
  },
  {
    when: ['key-forbidden'],
    says: /unsupported_country|country, region, or territory not supported|(?:account|organization|key|project|user|consumer)[^.]{0,120}(?:been|is) (?:deactivated|disabled|suspended|terminated|banned|blocked)|account_deactivated|consumer_suspended|reported as leaked|service_disabled|api_key_service_blocked|has not been used in project|missing scopes|sufficient permissions to call/,
    means: 'key-rejected',
  },
  {
    when: ['model-missing'],
    says: /invalid api key|api key not found|\b(?:account|user)[^.]{0,60} (?:not found|does not exist)/,
    means: 'key-rejected',
  },
  {
    // OpenRouter refuses what its moderation flags with 403.
    when: ['bad-request', 'key-forbidden'],
    says: /content_filter|content_policy|content policy|content (?:management|filtering) policy|prohibited_content|flagged by our moderation|input was flagged/,
    means: 'content-refused',
  },
  {
    when: ['bad-request'],
    says: /model_not_found|model_decommissioned|model[^.]{0,120}(?:does not exist|not found|is not available|has been decommissioned)|unknown model|invalid model/,
    means: 'model-missing',
  },
  {
    when: ['bad-request'],
    says: /(?:does not|doesn't|do not) support|(?:is|are) not supported|unsupported_(?:parameter|value)|not a (?:chat|completion) model|supports at most \d+ (?:completion|output) tokens|maximum allowed number of output tokens/,
    means: 'unsupported',
  },
]

/**
 * A request that alone is over the limit is refused again after any wait ("Limit 6000, Requested 12903"). No key is to blame, and
 * resting them one after the other would close the pool to everybody: another model may have a larger limit. This takes the place
 * of a rule that gives up after some refusals for quotas, which hides the keys that are not used up.
 */
function isTooLargeAlone(text: string): boolean {
  const [, limit, requested] = /\blimit:? (\d{1,12})\b[^.]{0,60}?\brequested:? ~?(\d{1,12})\b/.exec(text) ?? []
  return limit !== undefined && requested !== undefined && Number(requested) > Number(limit)
}

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
  if ((byStatus === 'rate-limited' || byStatus === 'too-large') && isTooLargeAlone(text)) return 'context-too-long'
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

/** Google's `status`, and of `details` the reasons and the period of the quota, which carry the real meaning of its 400s and 429s. */
function statusText(json: unknown): string {
  const outer: unknown = Array.isArray(json) ? json[0] : json
  const error = isRecord(outer) ? outer['error'] : undefined
  if (!isRecord(error)) return ''
  const details = detailsIn(json)
  const period = quotaPeriodIn(details)
  const reasons = details.map((detail) => textIn(detail['reason']) ?? '')
  return `${textIn(error['status']) ?? ''} ${reasons.join(' ')}${period === undefined ? '' : ` quota-per-${period}`}`
}

function plainText(answer: ErrorAnswer): string {
  const text = answer.body.toString('utf8', 0, 400).trim()
  const readable = text !== '' && !text.startsWith('<') && !text.startsWith('{') && !text.startsWith('[')
  return readable ? text : `The provider answered with status ${answer.status} and no readable explanation.`
}
