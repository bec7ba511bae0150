/** Many callers at once, each of whom asks one question after the other and remembers what it heard. */
import assert from 'node:assert/strict'
import { question, saidIn } from './client.ts'
import type { Caller, Heard } from './client.ts'

export interface Load {
  readonly caller: Caller
  readonly model: string
  readonly concurrency: number
  /** Asked before each call, with the number of answers so far. */
  readonly goesOn: (answered: number) => boolean
  readonly heard?: (heard: Heard) => void
}

export interface Asked {
  readonly prompt: string
  readonly stream: boolean
  readonly heard: Heard
}

/** Every second call is a stream. Gives the calls in the order in which they ended. */
export async function runLoad({ caller, model, concurrency, goesOn, heard: tell }: Load): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  let number = 0
  const work = async (): Promise<void> => {
    while (goesOn(asked.length)) {
      const stream = ++number % 2 === 0
      const prompt = `question-${number}-${Math.random().toString(36).slice(2)}`
      const heard = await caller.chat(question(prompt, { model, stream }))
      asked.push({ prompt, stream, heard })
      tell?.(heard)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return asked
}

/** What `assertEachAnswered` expects of a simulated provider. */
export const tellingText = 'Answer {call} by {key} to <{prompt}> with some more words so that a stream has many events. End.'

/** No answer is lost, doubled, mixed with another, or cut. */
export function assertEachAnswered(asked: readonly Asked[]): void {
  const origins = new Set<string>()
  for (const { prompt, stream, heard } of asked) {
    assert.equal(heard.status, 200, `${heard.status} ${heard.body}`)
    assert.equal(heard.complete, true)
    assert.equal(String(heard.headers['content-type']).startsWith('text/event-stream'), stream)
    const { text, ids, finished } = saidIn(heard)
    assert.equal(finished, true, heard.body)
    assert.equal(ids.length, 1)
    const said = /^Answer (\d+) by (\S+) to <([^>]*)> with some more words so that a stream has many events\. End\.$/.exec(text)
    assert.equal(said?.[3], prompt)
    origins.add(`${said?.[1]} ${said?.[2]}`)
  }
  assert.equal(origins.size, asked.length, 'each answer was given once')
}

/** The value that this part of the values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? Number.NaN
}

export function timesIn(asked: readonly Asked[]): string {
  const each = (stream: boolean, pick: (heard: Heard) => number): string => {
    const values = asked.filter((call) => call.stream === stream).map(({ heard }) => pick(heard))
    return `p50 ${quantile(values, 0.5).toFixed(0)} ms, p95 ${quantile(values, 0.95).toFixed(0)} ms`
  }
  return `whole ${each(false, ({ tookMs }) => tookMs)}; first content of streams ${each(true, ({ firstMs }) => firstMs)}`
}
