/** Every fault that is tested, by its id: what is done to the gateway, and what its caller sees. The page's table is made of this. */

export interface FaultPromise {
  readonly injected: string
  readonly seen: string
  /** Why it has no test so far: mostly, the thing that it could happen to is not there yet. */
  readonly comesWith?: string
}

const nextOne = 'nothing: the next key or provider answers'
const badAnswer = `${nextOne}; alone 502 \`provider_bad_answer\``
const unreachable = `${nextOne}; alone 503 \`provider_unreachable\``
const cut = 'an error event behind the whole events so far, no end mark, an unfinished connection'
const rests = `${nextOne}, and the key rests as long as it was told`

export const promises: Readonly<Record<string, FaultPromise>> = {
  F01: { injected: 'the provider’s name cannot be looked up', seen: unreachable },
  F02: {
    injected: 'looking the name up never ends',
    seen: `${unreachable}, after the time for connecting; other providers are not held up`,
  },
  F03: { injected: 'the name points somewhere else, and the old place is gone', seen: 'nothing: the next call looks the name up again' },
  F04: { injected: 'the port refuses connections', seen: unreachable },
  F05: { injected: 'the port drops every attempt to connect', seen: `${unreachable}, after the time for connecting` },
  F06: {
    injected: 'a certificate that is expired, not valid yet, signed by nobody, or for another name',
    seen: `${unreachable}; neither key nor prompt leaves, and it is not tried without the check`,
  },
  F07: { injected: 'the TLS handshake stands still or is broken off', seen: `${unreachable}; nothing was sent, so a repeat costs nothing` },
  F08: { injected: 'something else speaks on the port: HTTP or SSH for TLS, TLS for HTTP', seen: nextOne },
  F10: {
    injected: 'the request is read and never answered',
    seen: 'nothing: the next provider answers when the time for the first byte is over; with `retry.repeat_unanswered: false` 504 `timeout`',
  },
  F11: { injected: 'the head of the answer comes in single bytes', seen: `${nextOne}: the time counts for the whole head` },
  F12: { injected: 'what comes is no HTTP, or has bare line feeds', seen: badAnswer },
  F13: { injected: 'a head of 20 KB, or of 500 lines', seen: badAnswer },
  F14: { injected: 'two headers that give two lengths', seen: `${nextOne}; alone 502 \`answer_truncated\`` },
  F15: {
    injected: 'interim answers in front of the answer',
    seen: 'a 103 is nothing; a 100 that nobody asked for ends the attempt, and the next provider answers',
  },
  F16: { injected: 'the provider switches protocols unasked', seen: `${nextOne}; alone 502 \`provider_error\`` },
  F17: {
    injected: 'a redirect to another origin',
    seen: `${nextOne}; alone 502 \`provider_error\`. It is not followed: nothing is sent there, and its address is not told`,
  },
  F18: { injected: 'a web page with status 200', seen: badAnswer },
  F19: { injected: 'status 200 and nothing else, or a 204', seen: badAnswer },
  F20: {
    injected: 'a kept connection dies when it is used again',
    seen: 'nothing: one repeat on a fresh connection, noted in the row as `stale-socket`',
  },
  F21: {
    injected: 'the request is read and the connection ended',
    seen: `${nextOne}; alone, or with \`retry.repeat_unanswered: false\`, 502 \`provider_error\``,
  },
  F22: { injected: 'the provider offers HTTP/2', seen: 'nothing: HTTP/1.1 is spoken, where no stream of many can be refused' },
  F23: { injected: 'a body shorter than it says', seen: `${nextOne}; alone 502 \`answer_truncated\`` },
  F24: { injected: 'a body longer than it says', seen: `${badAnswer}; the connection is not used again` },
  F25: { injected: 'a chunked body without its last chunk', seen: `${nextOne}; alone 502 \`answer_truncated\`` },
  F26: { injected: 'a compressed body that is cut', seen: badAnswer },
  F27: { injected: 'a compressed body that swells a thousandfold', seen: `${badAnswer}; the memory stays flat` },
  F28: { injected: 'six encodings on top of each other, or one that nobody knows', seen: badAnswer },
  F29: { injected: 'a body that is not JSON, or more than that', seen: badAnswer },
  F30: { injected: 'an error with status 200', seen: 'what that error would be with its own status; the key rests as for that' },
  F31: { injected: 'a body that does not end', seen: `${badAnswer}; it is cut at 64 MiB` },
  F32: {
    injected: 'bytes that are no UTF-8, a byte order mark, half a surrogate pair',
    seen: 'the same bytes where they pass through; a replacement character where they are translated',
  },
  F33: { injected: 'usage that is missing, negative, huge or text', seen: 'the answer; its usage is estimated and marked so' },
  F34: { injected: 'a stream that was not asked for, or none where one was', seen: badAnswer },
  F35: { injected: 'half an event, then a reset', seen: cut },
  F36: { injected: 'half an event, then an end', seen: cut },
  F37: { injected: 'an error event before any content', seen: nextOne },
  F38: { injected: 'an error event after content', seen: cut },
  F39: {
    injected: 'a reason to stop, and then an end without the mark',
    seen: 'a whole answer in OpenAI’s dialect, with the mark added; in Anthropic’s a stream that was cut',
  },
  F40: {
    injected: 'the end mark, and a connection that stays open',
    seen: 'the whole answer at once; the provider is let go a second later',
  },
  F41: {
    injected: 'the stream stands still',
    seen: `before content nothing: the next provider answers; after it comments every 15 s, and at last ${cut}`,
  },
  F42: { injected: 'nothing but comments or pings, for ever', seen: 'as a stream that stands still: they are no sign of life' },
  F43: {
    injected: 'a line that does not end',
    seen: `before content nothing: the next provider answers; after it ${cut}. It is cut at 1 MiB`,
  },
  F44: { injected: 'every kind of line end, cut at every byte', seen: 'the same answer whatever the cut' },
  F45: { injected: 'characters of four bytes, cut inside', seen: 'the same answer whatever the cut' },
  F46: { injected: 'Anthropic’s blocks out of order, twice or never opened', seen: 'what can be made of them; nothing breaks' },
  F47: { injected: 'ten thousand events at once, or one now and then for a long time', seen: 'all of them, in order' },
  F48: { injected: 'bytes behind the end mark', seen: 'nothing of them' },
  F49: { injected: 'the arguments of a tool call, cut by the length limit', seen: 'the arguments as they are; they are not mended' },
  F50: { injected: '429 with `Retry-After` in seconds', seen: rests },
  F51: { injected: '429 with a date from a clock that is wrong', seen: `${rests}, reckoned by the provider’s own clock` },
  F52: { injected: '429 with `retry-after-ms`', seen: `${rests}; the milliseconds go before the seconds` },
  F53: {
    injected: '429 that says how long only in its text, its details or a reset header',
    seen: `${rests}, or for a growing time where nothing is said`,
  },
  F54: {
    injected: '429 with a `Retry-After` that makes no sense',
    seen: `${nextOne}; the key rests all the same, for some seconds at least and for an hour at most`,
  },
  F55: { injected: 'the account has no money left', seen: `${nextOne}; the whole key rests long, and the log says so once` },
  F56: {
    injected: 'every key is over its rate',
    seen: '429 with the soonest return in `Retry-After`, or the answer where that is near; a key is asked once for each of its rests',
  },
  F57: {
    injected: 'the provider is overloaded',
    seen: `${nextOne}; alone 503 \`provider_overloaded\`, 529 to Anthropic’s clients; the provider gets hardly more than what is offered`,
  },
  F58: { injected: 'one key is refused', seen: `${nextOne}; the key is out, and the log says so once` },
  F59: {
    injected: 'a prompt that is too long, or content that is refused',
    seen: '400 in the provider’s words, and no repeat; too long a prompt goes to the next model of a chain',
  },
  F60: { injected: 'the caller leaves the queue for a busy key', seen: 'no attempt is made; the next in line gets the key' },
  F61: {
    injected: 'the caller leaves in the middle',
    seen: 'the provider is let go within 100 ms; the row says `cancelled`, 499, with estimated usage',
  },
  F62: {
    injected: 'the caller reads slowly, or not at all',
    seen: 'the provider is held back and others are not; after 60 s without a byte taken the caller is given up',
  },
  F63: { injected: 'the caller closes its half of the connection', seen: 'it is taken to have left' },
  F64: { injected: 'two hundred callers that never finish their heads', seen: '408 after ten seconds; others are served meanwhile' },
  F65: {
    injected: 'a body that trickles, or is shorter or longer than it says',
    seen: '408 or 400, no attempt and no row; where too much comes behind a whole body, the call that it belonged to is over',
  },
  F66: {
    injected: 'a body of 11 MB where less is allowed, half a million nested arrays, a field called `__proto__`',
    seen: '413, 400, and an answer as if the field were any other',
  },
  F67: {
    injected: 'fifty calls at once with one idempotency key',
    seen: 'one answer for all',
    comesWith: 'comes with idempotency keys, which do not exist yet',
  },
  F68: {
    injected: '`Expect: 100-continue`, pipelined requests, a whole address in the request line, two hosts, HTTP/0.9',
    seen: 'what the standard says, or 400 and a closed connection',
  },
  F69: { injected: 'an upload that is cut', seen: 'no attempt and no row' },
  F70: {
    injected: 'WebSockets with huge messages, compression bombs, no pong',
    seen: 'the connection is closed with the code for it',
    comesWith: 'comes with WebSockets, which do not exist yet; a request for one gets a 426',
  },
  F71: {
    injected: 'the process is killed again and again under load',
    seen: 'every call that was accepted has one row after the next start, which takes less than two seconds; database and standings are whole',
  },
  F90: {
    injected: 'the machine’s clock jumps by an hour or a year, either way',
    seen: 'nothing: times and rests are counted by a clock that does not jump; rows say when a call began by the clock of that moment',
  },
  F94: {
    injected: 'SIGTERM while 500 streams are under way',
    seen: 'streams that end in time end whole, the others with an error event; new calls get a 503',
  },
  F95: {
    injected: 'a second and a third signal',
    seen: 'the second ends at once and in order, the third waits for nothing; rows are closed at the latest by the next start',
  },
  F96: {
    injected: 'a thousand callers where the process may have 256 descriptors',
    seen: 'some are answered, the others refused; health and metrics stay within reach, and afterwards everybody is served',
  },
  F98: {
    injected: 'the event loop stands still for two seconds',
    seen: 'a pause: what has arrived meanwhile is read before any timer is believed; the metrics tell how long it was',
  },
  F99: {
    injected: 'an exception that nobody has caught',
    seen: '500 for the call that it happened to; the others go on, and so does the process, unless its state is suspect',
  },
  F100: {
    injected: 'a worker process dies',
    seen: 'its streams end with an error event, those of others go on',
    comesWith: 'comes with worker processes, which do not exist: there is one process',
  },
  F101: {
    injected: 'whoever reads the log stands still or goes',
    seen: 'nothing: lines that cannot be written are dropped and counted (`keywheel_log_dropped_lines`)',
  },
}
