/** `/v1/quota-stats`: how the keys stand (GET, `?provider=NAME`), and what an operator does about it (POST). */
import { refuse } from '../domain/failure.ts'
import type { Call } from '../http/call.ts'
import { writeJson } from '../http/write-reply.ts'
import type { OwnEndpoint } from './endpoint.ts'
import { carryOut } from './quota-actions.ts'
import { readQuotaAsk } from './quota-ask.ts'
import { quotaDocument } from './quota-document.ts'

const route = { kind: 'own', path: '/quota-stats', access: 'key' } as const
const fresh = ['cache-control', 'no-store'] as const

export const quotaStats: OwnEndpoint = {
  ...route,
  method: 'GET',
  answer: (call, rooms) => writeJson(call, 200, JSON.stringify(quotaDocument(rooms, providerIn(call))), fresh),
}

export const changeQuotas: OwnEndpoint = {
  ...route,
  method: 'POST',
  answer: async (call, rooms) => {
    refuseForeignForm(call)
    const body = await rooms.readBody(call)
    if (body.length > mostBodyBytes) throw tooLarge()
    const ask = readQuotaAsk(body, rooms.keyring.snapshot())
    const caller = rooms.callerOf(call)
    const result = await carryOut({ ask, rooms, by: rooms.isOpen ? 'operator' : `operator ${caller}` })
    const refreshes = ask.action === 'reload' || ask.action === 'force_refresh'
    const told = refreshes ? { refresh_result: result, data_source: 'refreshed' } : { result }
    writeJson(call, 200, JSON.stringify({ ...quotaDocument(rooms, providerIn(call)), ...told }), fresh)
  },
}

function providerIn(call: Call): string | null {
  return new URLSearchParams(call.query).get('provider')
}

const mostBodyBytes = 64 * 1024

/** A page of another site can make a browser send texts and forms here, but JSON only where CORS allows that page. */
function refuseForeignForm({ request: { headers } }: Call): void {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    throw refuse('bad-request', 'Send the body with `Content-Type: application/json`.', { status: 415 })
  }
  if (Number(headers['content-length']) > mostBodyBytes) throw tooLarge()
}

function tooLarge(): Error {
  return refuse('too-large', `The request is larger than ${mostBodyBytes} bytes.`, { close: true })
}
