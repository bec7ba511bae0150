/** Replies by name: the good answer and the refusals that providers are known for. */
import type { AnswerReply, StatusReply } from './reply.ts'

/** A good answer. */
export function answer(options: Omit<AnswerReply, 'is'> = {}): AnswerReply {
  return { is: 'answer', ...options }
}

/** 401: the key is unknown or revoked. */
export function keyRejected(): StatusReply {
  return refusal(401, { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' })
}

/** 403: the key is known but may not do this. */
export function keyForbidden(): StatusReply {
  return refusal(403, { message: 'This key has no access to the model.', type: 'permission_error', code: 'permission_denied' })
}

/** 429 `insufficient_quota`: the account has no money left, which waiting does not cure. */
export function outOfCredit(): StatusReply {
  return refusal(429, { message: 'You exceeded your current quota.', type: 'insufficient_quota', code: 'insufficient_quota' })
}

/** 402: the account has no money left, said plainly. */
export function paymentRequired(): StatusReply {
  return refusal(402, { message: 'Insufficient Balance', type: 'billing_error', code: 'insufficient_balance' })
}

/** 503 or 529: the provider has too much to do. */
export function overloaded(status: 503 | 529 = 503): StatusReply {
  return refusal(status, { message: 'The server is overloaded.', type: 'overloaded_error', code: 'server_is_overloaded' })
}

/** A 5xx without further explanation. */
export function serverError(status = 500): StatusReply {
  return refusal(status, { message: 'The server had an error.', type: 'server_error', code: null })
}

/** 400: the request itself is wrong. */
export function badRequest(message = 'The request is not valid.'): StatusReply {
  return refusal(400, { message, type: 'invalid_request_error', code: null })
}

/** 400 `context_length_exceeded`. */
export function contextTooLong(limit = 8192): StatusReply {
  const message = `This model's maximum context length is ${limit} tokens. Please reduce the length of the messages.`
  return refusal(400, { message, type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' })
}

/** 400 `content_policy_violation`. */
export function contentRefused(): StatusReply {
  const message = 'The request was rejected by the content policy.'
  return refusal(400, { message, type: 'invalid_request_error', code: 'content_policy_violation' })
}

/** 404 `model_not_found`. */
export function modelMissing(model = 'the model'): StatusReply {
  const message = `The model ${model} does not exist or you have no access to it.`
  return refusal(404, { message, type: 'invalid_request_error', param: 'model', code: 'model_not_found' })
}

interface ErrorBody {
  readonly message: string
  readonly type: string
  readonly param?: string
  readonly code: string | null
}

function refusal(status: number, { message, type, param, code }: ErrorBody): StatusReply {
  return { is: 'status', status, body: { error: { message, type, param: param ?? null, code } } }
}
