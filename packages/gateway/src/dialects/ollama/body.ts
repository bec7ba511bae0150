/** The whole body of a request, for the few places that need it built. */
import { refuse } from '../../domain/failure.ts'
import type { Sketch } from '../dialect.ts'
import { isRecord, parseJson } from '../wire.ts'

/** @throws RefusedCall (400): the scanner lets raw control characters in long texts pass, and here they surface. */
export function readBody({ bytes }: Pick<Sketch, 'bytes'>): Record<string, unknown> {
  const body = parseJson(bytes.toString())
  if (!isRecord(body)) throw refuse('bad-request', 'The body is not valid JSON.', { code: 'invalid_json' })
  return body
}
