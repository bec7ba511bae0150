/** Faults of the connection and of the head of an answer: F10 to F21. */
import { headOf } from '../http-head.ts'
import { answer } from '../replies.ts'
import type { FaultSettings, FaultScript, ConnectionFaultId } from './fault.ts'
import { fault, variant } from './fault.ts'
import { cleanEnd, framed, jsonHead, streamHead, wire, write } from './good-parts.ts'
import type { Reply } from '../reply.ts'

/** A good JSON answer, head and body. */
function goodAnswer({ text, speech }: FaultSettings): string {
  const body = speech.body(text)
  return jsonHead(Buffer.byteLength(body)) + body
}

export const connectionFaults: Readonly<Record<ConnectionFaultId, FaultScript>> = {
  F10: fault('F10', 'the request is read and never answered', {
    silence: variant('any', 'failed', () => wire({ do: 'stall' })),
  }),
  F11: fault('F11', 'the head drips, one byte at a time', {
    drip: variant('any', 'failed', (settings) =>
      wire(...Array.from(goodAnswer(settings)).flatMap((byte) => [write(byte), { do: 'wait', ms: settings.everyMs } as const])),
    ),
  }),
  F12: fault('F12', 'what comes is not HTTP', {
    garbage: variant('any', 'failed', () => wire(write('\u0000\u0001 what is this?\r\n\r\n'), { do: 'fin' })),
    'bare-lf': variant('any', 'failed', (settings) => wire(write(goodAnswer(settings).replaceAll('\r\n', '\n')), { do: 'fin' })),
    'ssh-banner': variant('any', 'failed', () => wire(write('SSH-2.0-OpenSSH_9.2p1\r\n'), { do: 'fin' })),
  }),
  F13: fault('F13', 'the head is far too large', {
    'large-header': variant('any', 'failed', (settings) => withHeaders(settings, { 'x-large': 'x'.repeat(20_000) })),
    'many-headers': variant('any', 'failed', (settings) => withHeaders(settings, numberedHeaders(500))),
  }),
  F14: fault('F14', 'content-length and transfer-encoding contradict each other', {
    both: variant('any', 'failed', (settings) => withHeaders(settings, { 'transfer-encoding': 'chunked' })),
    'both-framed': variant('any', 'failed', ({ text, speech }) => {
      const body = speech.body(text)
      const head = jsonHead(Buffer.byteLength(body), { 'transfer-encoding': 'chunked' })
      return wire(write(head, framed('chunked', body)), ...cleanEnd('chunked'))
    }),
  }),
  F15: fault('F15', 'interim answers come before the answer', {
    continue: variant('whole', 'complete', (settings) => wire(write(headOf(100), goodAnswer(settings)))),
    'early-hints': variant('whole', 'complete', (settings) =>
      wire(write(headOf(103, { link: '</x>; rel=preload' }), goodAnswer(settings))),
    ),
    'continue-stream': variant('stream', 'complete', ({ text, speech }) => {
      const events = speech.events(text).join('') + speech.done
      return wire(write(headOf(100), streamHead('chunked'), framed('chunked', events)), ...cleanEnd('chunked'))
    }),
  }),
  F16: fault('F16', 'the protocol is switched unasked', {
    upgrade: variant('any', 'failed', () => wire(write(headOf(101, { connection: 'upgrade', upgrade: 'websocket' })), { do: 'stall' })),
  }),
  F17: fault('F17', 'a redirect to another origin', {
    'status-307': variant('any', 'failed', redirect(307)),
    'status-308': variant('any', 'failed', redirect(308)),
    'status-302': variant('any', 'failed', redirect(302)),
  }),
  F18: fault('F18', '200 with a web page', {
    page: variant('any', 'failed', () => ({
      is: 'status',
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!doctype html><title>Sign in to the network</title><h1>Welcome</h1>',
    })),
  }),
  F19: fault('F19', 'success without an answer', {
    empty: variant('any', 'failed', () => ({ is: 'status', status: 200, headers: { 'content-type': 'application/json' } })),
    'no-content': variant('any', 'failed', () => ({ is: 'status', status: 204 })),
  }),
  F20: fault('F20', 'a kept connection dies when it is used again', {
    reset: variant('any', 'complete', ({ text }) => answer({ text, thenOnReuse: 'reset' })),
    fin: variant('any', 'complete', ({ text }) => answer({ text, thenOnReuse: 'fin' })),
  }),
  F21: fault('F21', 'the request is read and the connection ended without an answer', {
    fin: variant('any', 'failed', () => wire({ do: 'fin' })),
    reset: variant('any', 'failed', () => wire({ do: 'reset' })),
  }),
}

function withHeaders({ text, speech }: FaultSettings, headers: Readonly<Record<string, string>>): Reply {
  const body = speech.body(text)
  return wire(write(jsonHead(Buffer.byteLength(body), headers) + body))
}

function numberedHeaders(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-header-${index}`, `a value that takes some room ${index}`]))
}

function redirect(status: number): (settings: FaultSettings) => Reply {
  return ({ location }) => ({ is: 'status', status, headers: { location } })
}
