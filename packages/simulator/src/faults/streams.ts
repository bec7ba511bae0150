/** Faults of a stream: F35 to F49. */
import { chunkOf, lastChunk } from '../http-head.ts'
import { answer, keyRejected, overloaded, serverError } from '../replies.ts'
import { rateLimited } from '../rate-limits.ts'
import type { Reply, StatusReply, Step } from '../reply.ts'
import type { FaultScript, FaultSettings, FaultVariant, StreamFaultId } from './fault.ts'
import { fault, variant } from './fault.ts'
import type { Framing } from './good-parts.ts'
import { cleanEnd, doneEvent, eventOf, framed, goodEvents, goodStart, streamHead, wire, write } from './good-parts.ts'

const framings: readonly Framing[] = ['close-delimited', 'chunked']

export const streamFaults: Readonly<Record<StreamFaultId, FaultScript>> = {
  F35: fault('F35', 'half an event, then RST', halfEvents({ do: 'reset' })),
  F36: fault('F36', 'half an event, then FIN', halfEvents({ do: 'fin' })),
  F37: fault('F37', 'an error event before any content', {
    openai: earlyError(serverError(), ''),
    'rate-limited': earlyError(rateLimited({ afterSeconds: 7, form: 'body-text' }), ''),
    'key-rejected': earlyError(keyRejected(), ''),
    overloaded: earlyError(overloaded(), ''),
    'after-comments': earlyError(overloaded(), ': PROCESSING\n\n: PROCESSING\n\n'),
    'after-role': earlyError(overloaded(), goodStart('', 0).start),
    named: variant('stream', 'failed', () => stream('chunked', `event: error\n${eventOf(errorText)}`, ...cleanEnd('chunked'))),
    field: variant('stream', 'failed', () => stream('chunked', `error: ${errorText}\n`, ...cleanEnd('chunked'))),
  }),
  F38: fault('F38', 'an error event after content', {
    openai: lateError(() => eventOf(errorText)),
    named: lateError(() => `event: error\n${eventOf(errorText)}`),
    field: lateError(() => `error: ${errorText}\n`),
    'in-chunk': lateError(() => eventOf(errorChunk) + doneEvent),
  }),
  F39: fault('F39', 'a finish reason, no [DONE], and a clean end', {
    chunked: variant('stream', 'complete', ({ text }) => stream('chunked', goodEvents(text).join(''), ...cleanEnd('chunked'))),
    'close-delimited': variant('stream', 'complete', ({ text }) =>
      stream('close-delimited', goodEvents(text).join(''), ...cleanEnd('close-delimited')),
    ),
  }),
  F40: fault('F40', '[DONE], and the connection stays open', {
    chunked: variant('stream', 'complete', ({ text }) => stream('chunked', goodEvents(text).join('') + doneEvent, { do: 'stall' })),
    'close-delimited': variant('stream', 'complete', ({ text }) =>
      stream('close-delimited', goodEvents(text).join('') + doneEvent, { do: 'stall' }),
    ),
  }),
  F41: fault('F41', 'the stream stalls', {
    'after-content': variant('stream', 'cut', ({ text, events }) => stream('chunked', goodStart(text, events).start, { do: 'stall' })),
    'before-content': variant('stream', 'failed', ({ text }) => stream('chunked', goodStart(text, 0).start, { do: 'stall' })),
    'after-head': variant('stream', 'failed', () => wire(write(streamHead('chunked')), { do: 'stall' })),
  }),
  F42: fault('F42', 'comments, and nothing else for ever', {
    'before-content': variant('stream', 'failed', ({ everyMs }) => stream('chunked', ': waiting\n\n', comments(everyMs))),
    'after-content': variant('stream', 'cut', ({ text, events, everyMs }) =>
      stream('chunked', goodStart(text, events).start, comments(everyMs)),
    ),
  }),
  F43: fault('F43', 'a line that does not end', {
    'in-content': variant('stream', 'cut', ({ text, events, bytes }) => endlessLine(goodStart(text, events).start, bytes)),
    first: variant('stream', 'failed', ({ bytes }) => endlessLine('', bytes)),
  }),
  F44: fault('F44', 'every line end there is, cut anywhere', {
    lf: lineEnds(['\n']),
    crlf: lineEnds(['\r\n']),
    cr: lineEnds(['\r']),
    mixed: lineEnds(['\n', '\r\n', '\r']),
  }),
  F45: fault('F45', 'characters of four bytes, cut anywhere', {
    text: variant('stream', 'complete', ({ chunkSize, text }) => answer({ text: `${text} ${emoji}`, chunkSize })),
    'tool-arguments': variant('stream', 'complete', ({ chunkSize }) =>
      answer({ toolCalls: [{ id: 'call_emoji', name: 'paint', arguments: JSON.stringify({ what: emoji }) }], chunkSize }),
    ),
  }),
  F47: fault('F47', 'ten thousand small events at once', {
    burst: variant('stream', 'complete', () => stream('chunked', goodEvents(manyWords).join('') + doneEvent, ...cleanEnd('chunked'))),
  }),
  F48: fault('F48', 'bytes after [DONE]', {
    events: afterDone(goodEvents('never seen').join('')),
    garbage: afterDone('}{ garbage\n\n'),
  }),
  F49: fault('F49', 'tool arguments cut by the length limit', {
    'half-json': variant('any', 'complete', () =>
      answer({ toolCalls: [{ id: 'call_cut', name: 'paint', arguments: '{"what":"a tr' }], finish: 'length' }),
    ),
  }),
}

const emoji = '😀 👩‍👩‍👧 🇫🇷 𝒳 漢字'
const manyWords = Array.from({ length: 10_000 }, (_, index) => `w${index}`).join(' ')
const errorText = JSON.stringify(overloaded().body)
const errorChunk = JSON.stringify({
  id: 'chatcmpl-fault',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'sim-small',
  error: { code: 502, message: 'The provider ended the stream.' },
  choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
})

/** Head and text in one write, and how it goes on. */
function stream(framing: Framing, text: string, ...after: readonly Step[]): Reply {
  return wire(write(streamHead(framing), framed(framing, text)), ...after)
}

function halfEvents(end: Step): Readonly<Record<string, FaultVariant>> {
  return Object.fromEntries(framings.map((framing) => [framing, halfEvent(framing, end)]))
}

function halfEvent(framing: Framing, end: Step): FaultVariant {
  return variant('stream', 'cut', ({ text, events }) => {
    const { start, next } = goodStart(text, events)
    return stream(framing, start + next.slice(0, next.length / 2), end)
  })
}

function earlyError({ body }: StatusReply, before: string): FaultVariant {
  return variant('stream', 'failed', () => stream('chunked', before + eventOf(JSON.stringify(body)), ...cleanEnd('chunked')))
}

function lateError(error: () => string): FaultVariant {
  return variant('stream', 'cut', ({ text, events }) => stream('chunked', goodStart(text, events).start + error(), ...cleanEnd('chunked')))
}

function comments(everyMs: number): Step {
  return { do: 'repeat', steps: [{ do: 'wait', ms: everyMs }, write(chunkOf(': waiting\n\n'))] }
}

/** Sent block by block as the client reads, so that neither side must hold it. */
function endlessLine(start: string, bytes = 50 * 1024 * 1024): Reply {
  const block = Buffer.alloc(64 * 1024, 'x')
  const line: Step = { do: 'repeat', steps: [write(chunkOf(block))], times: Math.ceil(bytes / block.length) }
  const opened = `${start}data: {"choices":[{"index":0,"delta":{"content":"`
  const closed = `"},"finish_reason":"stop"}]}\n\n${doneEvent}`
  return stream('chunked', opened, line, write(chunkOf(closed)), write(lastChunk))
}

/** A whole good stream with these line ends in turn, cut into writes of `chunkSize` bytes. */
function lineEnds(ends: readonly string[]): FaultVariant {
  return variant('stream', 'complete', ({ text, chunkSize }) => {
    let line = 0
    const body = (goodEvents(text).join('') + doneEvent).replaceAll('\n', () => ends[line++ % ends.length] ?? '\n')
    return wire(write(streamHead('chunked')), ...cutInto(Buffer.from(body), chunkSize), ...cleanEnd('chunked'))
  })
}

function cutInto(bytes: Buffer, chunkSize: number): readonly Step[] {
  const steps: Step[] = []
  for (let from = 0; from < bytes.length; from += chunkSize) {
    steps.push(write(chunkOf(bytes.subarray(from, from + chunkSize))), { do: 'flush' })
  }
  return steps
}

function afterDone(more: string): FaultVariant {
  return variant('stream', 'complete', ({ text }: FaultSettings) =>
    stream('chunked', goodEvents(text).join('') + doneEvent + more, ...cleanEnd('chunked')),
  )
}
