/** What the simulator can be told to reply: a good answer, a status, or raw bytes. */
import type { Latency } from './latency.ts'

export type Reply = AnswerReply | StatusReply | WireReply

/** Header fields, as an object or as pairs where one name must come twice. */
export type HeaderFields = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

/** A tool call that the model makes; `arguments` is JSON text and may be broken on purpose. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** A good answer, in the shape the request asked for: chat, text or embeddings, whole or streamed. */
export interface AnswerReply {
  readonly is: 'answer'
  /** May hold `{call}`, `{key}`, `{prompt}` and `{model}`, replaced by those of the call. */
  readonly text?: string
  /** So many words `w0 w1 …`, where no text is given. */
  readonly tokens?: number
  /** Sent as `reasoning_content`, before the text. */
  readonly reasoning?: string
  /** Made only if the request offers tools. */
  readonly toolCalls?: readonly ToolCall[]
  /** The finish reason; by default `tool_calls` or `stop`. */
  readonly finish?: string
  /** Before the first byte of the head, in milliseconds. */
  readonly firstByteMs?: Latency
  /** Between two pieces of a stream, in milliseconds. */
  readonly everyMs?: Latency
  /** Sent in place of the counted usage; null sends none. */
  readonly usage?: object | null
  /** One vector per input, in place of the computed ones. */
  readonly embeddings?: readonly (readonly number[])[]
  /** Merged into the top level of the answer and of each stream event. */
  readonly extra?: object
  /** Cuts a stream's bytes into chunks of this many bytes, each written by itself. */
  readonly chunkSize?: number
  /** How the lines of a stream end; LF by default. */
  readonly lineEnd?: '\n' | '\r\n'
  /** False leaves `[DONE]` out. */
  readonly done?: boolean
  /** Comment lines sent before a stream's first event. */
  readonly comments?: readonly string[]
  readonly headers?: HeaderFields
  /** After this answer the connection is kept, and dies by this means as soon as the next request's bytes arrive on it. */
  readonly thenOnReuse?: 'reset' | 'fin'
}

/** A plain HTTP answer with a status of your choice. */
export interface StatusReply {
  readonly is: 'status'
  readonly status: number
  /** A function is given the wall clock's milliseconds when the reply is sent, for dates. */
  readonly headers?: HeaderFields | ((wallNow: number) => HeaderFields)
  /** An object is sent as JSON, bytes as they are. */
  readonly body?: string | object
  /** Before the first byte, in milliseconds. */
  readonly afterMs?: Latency
}

/** Raw bytes, head included, step by step. Without a step that ends the connection it is kept. */
export interface WireReply {
  readonly is: 'wire'
  readonly steps: readonly Step[]
}

/** One step of a raw reply. */
export type Step =
  | { readonly do: 'write'; readonly bytes: string | Uint8Array }
  /** Waits on the simulator's clock, in milliseconds. */
  | { readonly do: 'wait'; readonly ms: number }
  /** Lets what was written leave before the next write, as a TCP segment of its own. */
  | { readonly do: 'flush' }
  | { readonly do: 'hold'; readonly until: Promise<unknown> }
  /** Says nothing more, until the client leaves. */
  | { readonly do: 'stall' }
  | { readonly do: 'fin' }
  /** Ends the connection with RST. */
  | { readonly do: 'reset' }
  /** The reply is over and the connection is kept for another request. */
  | { readonly do: 'keep' }
  /** Plays steps again and again; without `times`, until the client leaves. */
  | { readonly do: 'repeat'; readonly steps: readonly Step[]; readonly times?: number }
