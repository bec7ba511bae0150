/** Refusals, in the forms that are easy to misread: F50 to F59. */
import { contentRefused, contextTooLong, keyForbidden, keyRejected, outOfCredit, overloaded, paymentRequired } from '../replies.ts'
import { rateLimited } from '../rate-limits.ts'
import type { HeaderFields, Reply } from '../reply.ts'
import type { FaultScript, FaultVariant, RefusalFaultId } from './fault.ts'
import { fault, variant } from './fault.ts'

export const refusalFaults: Readonly<Record<RefusalFaultId, FaultScript>> = {
  F50: fault('F50', '429 with Retry-After in seconds', {
    seconds: variant('any', 'failed', ({ afterSeconds }) => rateLimited({ afterSeconds })),
  }),
  F51: fault('F51', '429 with Retry-After as a date, from a clock that is wrong', {
    ahead: variant('any', 'failed', ({ afterSeconds, skewSeconds }) => rateLimited({ afterSeconds, skewSeconds, form: 'http-date' })),
    behind: variant('any', 'failed', ({ afterSeconds, skewSeconds }) =>
      rateLimited({ afterSeconds, skewSeconds: -skewSeconds, form: 'http-date' }),
    ),
    exact: variant('any', 'failed', ({ afterSeconds }) => rateLimited({ afterSeconds, form: 'http-date' })),
  }),
  F52: fault('F52', '429 with retry-after-ms', {
    milliseconds: variant('any', 'failed', ({ afterSeconds }) => rateLimited({ afterSeconds, form: 'milliseconds' })),
    'beside-seconds': variant('any', 'failed', ({ afterSeconds }) => {
      const ms = String(Math.ceil(afterSeconds * 1000))
      return limitedWith({ 'retry-after': String(Math.ceil(afterSeconds) + 30), 'retry-after-ms': ms })
    }),
    'zero-beside-seconds': variant('any', 'failed', ({ afterSeconds }) =>
      limitedWith({ 'retry-after': String(Math.ceil(afterSeconds)), 'retry-after-ms': '0' }),
    ),
  }),
  F53: fault('F53', '429 with the wait anywhere but in Retry-After', {
    'body-text': variant('any', 'failed', ({ afterSeconds }) => rateLimited({ afterSeconds, form: 'body-text' })),
    'retry-info': variant('any', 'failed', ({ afterSeconds }) => rateLimited({ afterSeconds, form: 'retry-info' })),
    'reset-header': variant('any', 'failed', ({ afterSeconds, speech }) => rateLimited({ afterSeconds, form: speech.resetForm })),
    nowhere: variant('any', 'failed', ({ afterSeconds }) => rateLimited({ afterSeconds, form: 'none' })),
  }),
  F54: fault('F54', '429 with a Retry-After that means nothing', {
    negative: retryAfter('-1'),
    'not-a-number': retryAfter('NaN'),
    huge: retryAfter('1e9'),
    empty: retryAfter(''),
    'two-headers': variant('any', 'failed', () =>
      limitedWith([
        ['retry-after', '3'],
        ['retry-after', '9'],
      ]),
    ),
  }),
  F55: fault('F55', 'no money left', {
    'insufficient-quota': variant('any', 'failed', outOfCredit),
    'payment-required': variant('any', 'failed', paymentRequired),
    'low-balance': variant('any', 'failed', () => ({ is: 'status', status: 400, body: lowBalance })),
  }),
  F56: fault('F56', 'the key rests; give it to every key', {
    cooling: variant('any', 'failed', ({ afterSeconds }) => rateLimited({ afterSeconds })),
  }),
  F57: fault('F57', 'the provider is overloaded', {
    'status-503': variant('any', 'failed', () => overloaded(503)),
    'status-529': variant('any', 'failed', () => overloaded(529)),
  }),
  F58: fault('F58', 'the key is refused', {
    'status-401': variant('any', 'failed', keyRejected),
    'status-403': variant('any', 'failed', keyForbidden),
    'invalid-as-400': variant('any', 'failed', () => ({ is: 'status', status: 400, body: invalidKey })),
  }),
  F59: fault('F59', 'the request is refused', {
    'context-length': variant('any', 'failed', () => contextTooLong()),
    'content-policy': variant('any', 'failed', contentRefused),
  }),
}

const lowBalance = {
  type: 'error',
  error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' },
}

const invalidKey = {
  error: {
    code: 400,
    message: 'API key not valid. Please pass a valid API key.',
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' }],
  },
}

function retryAfter(value: string): FaultVariant {
  return variant('any', 'failed', () => limitedWith({ 'retry-after': value }))
}

function limitedWith(headers: HeaderFields): Reply {
  return { ...rateLimited({ afterSeconds: 1, form: 'none' }), headers }
}
