/** Whole answers of images, moderations, rerankings and audio: whether it is one, and what it used, without building it. */
import type { Usage } from '../../domain/usage.ts'
import type { CheckedAnswer } from '../dialect.ts'
import { JsonFault, scanMembers } from '../json-scan.ts'
import type { Member } from '../json-scan.ts'
import { usageFromOpenAi } from '../openai/usage.ts'
import { streamErrorFailure } from '../stream-error.ts'
import { isRecord, parseJson } from '../wire.ts'

/** An answer that is none. */
export function noAnswer(message: string): CheckedAnswer {
  return { usage: undefined, failure: { reason: 'bad-answer', message, sent: 'yes' } }
}

export interface ListRule {
  /** Fields that hold what was asked for; one of them is enough. */
  readonly lists: readonly string[]
  /** Nothing found is an answer too. */
  readonly mayBeEmpty?: boolean
  /** What the answer used; `usage` as OpenAI counts unless told. */
  readonly usageIn?: (field: (name: string) => unknown) => Usage | undefined
}

/** Checks an answer that is one JSON object with a list. Images come as text of many megabytes, so only the small fields are parsed. */
export function checkListAnswer(body: Buffer, { lists, mayBeEmpty = false, usageIn = usageOf }: ListRule): CheckedAnswer {
  if (body.length === 0) return noAnswer('The provider sent an empty answer.')
  const members = membersOf(body)
  if (members === undefined) return noAnswer('The provider sent an answer that is not a JSON object.')
  const field = (name: string): unknown => valueOf(body, members, name)
  const list = members.findLast(({ key }) => lists.includes(key))
  if (list !== undefined && isList(body, list, mayBeEmpty)) return { usage: usageIn(field), failure: undefined }
  const error = field('error')
  if (error !== undefined && error !== null) return { usage: undefined, failure: streamErrorFailure(body.toString()) }
  return noAnswer(`The provider sent an answer without \`${lists[0]}\`.`)
}

/** The top-level members of a JSON object, or undefined where it is none. */
export function membersOf(bytes: Buffer): readonly Member[] | undefined {
  try {
    return scanMembers(bytes)
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

/** Of a member that stands twice the last one counts, as for `JSON.parse`. */
export function valueOf(bytes: Buffer, members: readonly Member[], name: string): unknown {
  const member = members.findLast(({ key }) => key === name)
  return member === undefined ? undefined : parseJson(bytes.toString('utf8', member.valueStart, member.valueEnd))
}

function usageOf(field: (name: string) => unknown): Usage | undefined {
  return usageFromOpenAi(field('usage'))
}

const openBracket = 0x5b
const closeBracket = 0x5d

function isList(bytes: Buffer, { valueStart }: Member, mayBeEmpty: boolean): boolean {
  if (bytes[valueStart] !== openBracket) return false
  let at = valueStart + 1
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return mayBeEmpty || bytes[at] !== closeBracket
}

/**
 * Usage of an operation that takes text and gives none back, where many servers tell only a total (Jina, Voyage).
 * Anything but believable counts gives undefined.
 */
export function inputUsage(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined
  const told = usage['prompt_tokens'] ?? usage['input_tokens'] ?? usage['total_tokens']
  const input = usageFromOpenAi({ prompt_tokens: told })
  return input === undefined ? undefined : (usageFromOpenAi({ ...usage, prompt_tokens: told }) ?? input)
}
