/** Faults of a body that is sent whole: F23 to F34. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { headOf } from '../http-head.ts'
import { answer, keyRejected, outOfCredit, overloaded } from '../replies.ts'
import { rateLimited } from '../rate-limits.ts'
import type { Reply, StatusReply, Step } from '../reply.ts'
import type { BodyFaultId, FaultScript, FaultVariant } from './fault.ts'
import { fault, variant } from './fault.ts'
import { cleanEnd, framed, jsonHead, streamHead, wire, write } from './good-parts.ts'

const mebibyte = 1024 * 1024
/** Of a whole answer: when it was made, or how much was used. */
const firstNumber = /:\d+/

export const bodyFaults: Readonly<Record<BodyFaultId, FaultScript>> = {
  F23: fault('F23', 'content-length is larger than the body', {
    fin: variant('whole', 'failed', ({ text, speech }) => misstated(speech.body(text), 10, { do: 'fin' })),
    reset: variant('whole', 'failed', ({ text, speech }) => misstated(speech.body(text), 10, { do: 'reset' })),
  }),
  F24: fault('F24', 'content-length is smaller than the body', {
    keep: variant('whole', 'failed', ({ text, speech }) => misstated(speech.body(text), -5, { do: 'keep' })),
    fin: variant('whole', 'failed', ({ text, speech }) => misstated(speech.body(text), -5, { do: 'fin' })),
  }),
  F25: fault('F25', 'a chunked body without its last chunk', {
    fin: variant('whole', 'failed', ({ text, speech }) => unterminated(speech.body(text), { do: 'fin' })),
    reset: variant('whole', 'failed', ({ text, speech }) => unterminated(speech.body(text), { do: 'reset' })),
    half: variant('whole', 'failed', ({ text, speech }) => unterminated(firstHalf(speech.body(text)), { do: 'fin' })),
  }),
  F26: fault('F26', 'a compressed body that is cut, in a frame that is not', {
    gzip: variant('whole', 'failed', ({ text, speech }) => encoded('gzip', cutTail(gzipSync(speech.body(text))))),
    deflate: variant('whole', 'failed', ({ text, speech }) => encoded('deflate', cutTail(deflateSync(speech.body(text))))),
    br: variant('whole', 'failed', ({ text, speech }) => encoded('br', cutTail(brotliCompressSync(speech.body(text))))),
  }),
  F27: fault('F27', 'a small compressed body that swells a thousandfold', {
    gzip: variant('whole', 'failed', ({ bytes = 64 * mebibyte }) => encoded('gzip', bomb(bytes))),
  }),
  F28: fault('F28', 'an encoding that nobody should accept', {
    stacked: variant('whole', 'failed', ({ text, speech }) => encoded('gzip, gzip, gzip, gzip, gzip, gzip', stacked(speech.body(text), 6))),
    unknown: variant('whole', 'failed', ({ text, speech }) => encoded('snappy', Buffer.from(speech.body(text)))),
  }),
  F29: fault('F29', 'a body that is not JSON, or not one JSON value', {
    text: variant('whole', 'failed', () => json('upstream connect error')),
    half: variant('whole', 'failed', ({ text, speech }) => json(firstHalf(speech.body(text)))),
    'garbage-after': variant('whole', 'failed', ({ text, speech }) => json(`${speech.body(text)}}]garbage`)),
    nan: variant('whole', 'failed', ({ text, speech }) => json(speech.body(text).replace(firstNumber, ':NaN'))),
    infinity: variant('whole', 'failed', ({ text, speech }) => json(speech.body(text).replace(firstNumber, ':-Infinity'))),
  }),
  F30: fault('F30', '200 with an error in place of an answer', {
    ...errorsInDisguise('rate-limited', rateLimited({ afterSeconds: 7, form: 'body-text' })),
    ...errorsInDisguise('key-rejected', keyRejected()),
    ...errorsInDisguise('out-of-credit', outOfCredit()),
    ...errorsInDisguise('overloaded', overloaded()),
  }),
  F31: fault('F31', 'a body without measure', {
    spaces: variant('whole', 'failed', ({ bytes = 200 * mebibyte }) => endlessBody(bytes)),
  }),
  F32: fault('F32', 'a body that is not clean UTF-8', {
    'invalid-utf8': variant('whole', 'complete', ({ text, speech }) => json(withByte(speech.body(`${text} \u0001`), 0xff))),
    bom: variant('whole', 'complete', ({ text, speech }) => json(`\uFEFF${speech.body(text)}`)),
    'lone-surrogate': variant('whole', 'complete', ({ text, speech }) => json(speech.body(`${text} \uD800`))),
  }),
  F33: fault('F33', 'usage that cannot be true', {
    missing: variant('any', 'complete', ({ text }) => answer({ text, usage: null })),
    negative: variant('any', 'complete', ({ text }) => answer({ text, usage: usageOf(-5) })),
    huge: variant('any', 'complete', ({ text }) => answer({ text, usage: usageOf(1e308) })),
    text: variant('any', 'complete', ({ text }) => answer({ text, usage: usageOf('12') })),
  }),
  F34: fault('F34', 'a stream that was not asked for, or none where one was', {
    'stream-unasked': variant('whole', 'complete', ({ text, speech }) =>
      wire(write(streamHead('chunked'), framed('chunked', speech.events(text).join('') + speech.done)), ...cleanEnd('chunked')),
    ),
    'whole-unasked': variant('stream', 'complete', ({ text, speech }) => json(speech.body(text))),
  }),
}

/** A good answer whose length is off by `error` bytes. */
function misstated(body: string, error: number, end: Step): Reply {
  return wire(write(jsonHead(Buffer.byteLength(body) + error), body), end)
}

function unterminated(body: string, end: Step): Reply {
  const head = headOf(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
  return wire(write(head, framed('chunked', body)), end)
}

function json(body: string | Uint8Array): Reply {
  return wire(write(jsonHead(Buffer.byteLength(body)), body))
}

function encoded(encoding: string, body: Buffer): Reply {
  return wire(write(jsonHead(body.length, { 'content-encoding': encoding }), body))
}

/** Gives one variant for whole answers and one where the error is a stream's first event. */
function errorsInDisguise(name: string, refusal: StatusReply): Readonly<Record<string, FaultVariant>> {
  return {
    [name]: variant('any', 'failed', ({ speech }) => json(JSON.stringify(speech.refusal(refusal).body))),
    [`${name}-stream`]: variant('stream', 'failed', ({ speech }) =>
      wire(write(streamHead('chunked'), framed('chunked', speech.errorEvent(refusal))), ...cleanEnd('chunked')),
    ),
  }
}

/** Gzip members one after another decode to one text: 64 MiB are made from one compressed block. */
function bomb(bytes: number): Buffer {
  const block = gzipSync(Buffer.alloc(mebibyte, '0'))
  const blocks = Array.from({ length: Math.ceil(bytes / mebibyte) }, () => block)
  return Buffer.concat([gzipSync('{"object":"chat.completion","pad":"'), ...blocks, gzipSync('"}')])
}

function stacked(body: string, times: number): Buffer {
  let bytes = Buffer.from(body)
  for (let time = 0; time < times; time++) bytes = gzipSync(bytes)
  return bytes
}

/** Takes the check sum away and some of the data. */
function cutTail(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - 20)
}

function firstHalf(text: string): string {
  return text.slice(0, text.length / 2)
}

/** Puts a byte in place of the text's marker, which JSON has written as an escape. */
function withByte(body: string, byte: number): Buffer {
  const [before = '', after = ''] = body.split(String.raw`\u0001`)
  return Buffer.concat([Buffer.from(before), Buffer.from([byte]), Buffer.from(after)])
}

function endlessBody(bytes: number): Reply {
  const block = Buffer.alloc(64 * 1024, ' ')
  const times = Math.ceil(bytes / block.length)
  return wire(write(jsonHead(times * block.length)), { do: 'repeat', steps: [write(block)], times })
}

function usageOf(tokens: unknown): object {
  return { prompt_tokens: tokens, completion_tokens: tokens, total_tokens: tokens }
}
