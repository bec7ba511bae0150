/** What the tests of Gemini's dialect share: asking in it, reading its streams in both forms, and playing its providers byte by byte. */
import type { Reply, Step } from '@keywheel/simulator'
import type { Bench } from './harness.ts'

export type Json = Readonly<Record<string, unknown>>

export interface GeminiPart {
  readonly text?: string
  readonly thought?: boolean
  readonly thoughtSignature?: string
  readonly functionCall?: { readonly id?: string; readonly name: string; readonly args: Json }
}

/** One object of a stream, or a whole answer. */
export interface Told {
  readonly candidates: readonly [
    { readonly content?: { readonly role: string; readonly parts: readonly GeminiPart[] }; readonly finishReason?: string },
  ]
  readonly usageMetadata?: Json
  readonly modelVersion?: string
  readonly responseId?: string
  readonly error?: { readonly code: number; readonly message: string; readonly status: string; readonly details?: readonly Json[] }
}

export function postGemini(bench: Bench, path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${bench.origin}/v1beta/models/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** All parts of a stream or of a whole answer, in order. */
export function partsIn(told: readonly Told[]): readonly GeminiPart[] {
  return told.flatMap(({ candidates }) => candidates[0].content?.parts ?? [])
}

export function textIn(told: readonly Told[]): string {
  return partsIn(told)
    .map(({ text, thought }) => (thought === true ? '' : (text ?? '')))
    .join('')
}

/** The objects of a stream of events, each of which is one line. */
export function eventsIn(text: string): Told[] {
  return text.split('\n\n').flatMap((block) => (block.startsWith('data: ') ? [JSON.parse(block.slice('data: '.length)) as Told] : []))
}

/** The body up to where the connection ended, and whether it ended as an unfinished answer does. */
export async function readBroken(response: Response): Promise<{ readonly text: string; readonly brokenOff: boolean }> {
  const parts: Uint8Array[] = []
  try {
    for await (const part of response.body ?? []) parts.push(part as Uint8Array)
  } catch {
    return { text: Buffer.concat(parts).toString(), brokenOff: true }
  }
  return { text: Buffer.concat(parts).toString(), brokenOff: false }
}

/** A provider's stream, or the whole answer of one, in pieces of so many bytes. */
export function bytesReply(bytes: Buffer | string, pieceBytes: number, type: string = 'text/event-stream; charset=utf-8'): Reply {
  const body = Buffer.from(bytes)
  const parts: Buffer[] = [Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`)]
  for (let at = 0; at < body.length; at += pieceBytes) {
    const piece = body.subarray(at, at + pieceBytes)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  const steps: Step[] = [{ do: 'write', bytes: Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]) }, { do: 'keep' }]
  return { is: 'wire', steps }
}
