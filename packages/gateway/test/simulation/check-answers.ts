/** P1: no cut answer looks whole, and no whole answer is cut. P2: what a caller gets comes from one attempt of its own call. */
import type { CallSeen, Checker, History, RequestSeen, Violation } from './history.ts'
import { rowsByCall } from './rows-by-call.ts'

interface Word {
  readonly mark: number
  readonly index: number
}

const terminators: Readonly<Record<CallSeen['dialect'], string>> = {
  'openai-chat': 'data: [DONE]\n\n',
  'anthropic-messages': 'event: message_stop\n',
}

export const checkTruncation: Checker = (history) => {
  const rows = rowsByCall(history)
  return history.calls.flatMap((call) => [
    ...cutButProper(call, history),
    ...wholeButCut(call, history),
    ...cutButAnswered(call, rows.get(call)?.row.end, history),
  ])
}

/** Ended as HTTP says that a good answer ends: then it is one. */
function cutButProper(call: CallSeen, history: History): Violation[] {
  if (call.end !== 'properly' || call.status !== 200) return []
  const words = wordsIn(call.body)
  const request = requestOf(words, history)
  if (request === undefined) return broken('P1', call, 'ended properly without any word')
  const found: Violation[] = []
  if (request.outcome !== 'complete') found.push(...broken('P1', call, `ended properly although its provider ${request.deed}`))
  if (words.length !== request.words) found.push(...broken('P1', call, `ended properly with ${words.length} of ${request.words} words`))
  if (call.stream && !call.body.endsWith(endOf(call))) found.push(...broken('P1', call, 'ended properly without its terminator'))
  return found
}

function endOf({ dialect, body }: CallSeen): string {
  const mark = terminators[dialect]
  // Behind the name of Anthropic's last event comes its data.
  return dialect === 'openai-chat' ? mark : body.slice(Math.max(body.lastIndexOf(mark), 0))
}

function wholeButCut(call: CallSeen, { requests, kills }: History): Violation[] {
  if (call.habit !== 'patient' || kills.some(({ life }) => life === call.life)) return []
  const last = requests.findLast((request) => request.call === call.number)
  if (last?.outcome !== 'complete' || (call.end === 'properly' && call.status === 200)) return []
  return broken('P1', call, `was ${call.end} with ${call.status} although its provider gave a whole answer`)
}

function cutButAnswered(call: CallSeen, end: string | undefined, { requests }: History): Violation[] {
  if (end !== 'answered') return []
  const last = requests.findLast((request) => request.call === call.number)
  return last?.outcome === 'complete'
    ? []
    : broken('P1', call, `is recorded as answered although its provider ${last?.deed ?? 'was never asked'}`)
}

export const checkOneAnswer: Checker = (history) =>
  history.calls.flatMap((call) => {
    const words = wordsIn(call.body)
    const request = requestOf(words, history)
    if (words.length === 0) return []
    if (request === undefined) return broken('P2', call, 'holds words that no provider said')
    if (request.call !== call.number) return broken('P2', call, `holds words of the answer to call ${request.call}`)
    const isOne = words.every(({ mark, index }, at) => mark === request.number && index === at)
    return isOne ? [] : broken('P2', call, `holds a mixture: ${words.map(({ mark, index }) => `${mark}.${index}`).join(' ')}`)
  })

function wordsIn(body: string): Word[] {
  return [...body.matchAll(/a(\d+)w(\d+)/g)].map(([, mark, index]) => ({ mark: Number(mark), index: Number(index) }))
}

function requestOf(words: readonly Word[], { requests }: History): RequestSeen | undefined {
  const [first] = words
  return requests.find(({ number }) => number === first?.mark)
}

function broken(promise: Violation['promise'], call: CallSeen, what: string): Violation[] {
  return [{ promise, what: `call ${call.number} (${call.dialect}, ${call.stream ? 'streamed' : 'whole'}, ${call.model}) ${what}` }]
}
