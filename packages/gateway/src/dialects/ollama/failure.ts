/** Failures in Ollama's shape: `{"error": "text"}`, whole and as a line of a stream. */
import type { Failure, RefusedCall } from '../../domain/failure.ts'
import type { WholeError } from '../dialect.ts'
import { escapeSeparators } from '../wire.ts'

export function writeOllamaFailure({ status, failure }: RefusedCall): WholeError {
  return { status, body: Buffer.from(JSON.stringify({ error: failure.message })) }
}

/** Ends a stream that has begun; no line with `done` comes after it. */
export function writeOllamaStreamFailure({ message }: Failure): Buffer {
  return Buffer.from(`${escapeSeparators(JSON.stringify({ error: message }))}\n`)
}
