/** What a caller makes of a stream's bytes, and of an error's body. */
import type { RawAnswer } from './raw-call.ts'

export interface ToldError {
  readonly message: string
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  readonly details?: Readonly<Record<string, unknown>>
}

export interface Heard {
  /** All text of the deltas, joined. */
  readonly text: string
  /** The data of each event but `[DONE]`, parsed: half an event would throw. */
  readonly events: readonly Readonly<Record<string, unknown>>[]
  readonly done: boolean
  readonly error: ToldError | undefined
  /** Comment lines, such as `: keepalive`. */
  readonly comments: readonly string[]
}

interface Delta {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[]
  readonly error?: ToldError
}

export function hear(body: Buffer): Heard {
  const lines = body.toString().split(/\r\n|\n|\r/)
  const datas = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim())
  const events = datas.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data) as Record<string, unknown> & Delta)
  return {
    text: events.map((event) => event.choices?.[0]?.delta?.content ?? '').join(''),
    events,
    done: datas.includes('[DONE]'),
    error: events.find((event) => event.error !== undefined && event.choices === undefined)?.error,
    comments: lines.filter((line) => line.startsWith(':')),
  }
}

/** The error of a JSON body. */
export function errorIn({ body }: Pick<RawAnswer, 'body'>): ToldError {
  const { error } = JSON.parse(body.toString()) as { error: ToldError }
  return error
}
