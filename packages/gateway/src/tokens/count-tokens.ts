/**
 * About how many tokens a text is: one tokenizer, loaded when first asked, times what is known of the model's family. An
 * estimate, never a bill. Far too slow for the way of a call; only endpoints that are asked for a count come here.
 */
import type { countTokens as Count } from 'gpt-tokenizer/encoding/o200k_base'
import { factorOf } from './families.ts'

/** Characters that are really counted; the rest is taken to be like them. */
const mostCounted = 1_000_000

/**
 * The tokenizer's work grows with the square of a run's length, be it of letters or of white space: base64 in a prompt would
 * stop the process for minutes.
 */
const longestRun = 400
const tooLongWords = new RegExp(String.raw`\S{${longestRun}}(?=\S)`, 'g')
const tooLongSpaces = new RegExp(String.raw`\s{${longestRun}}(?=\s)`, 'g')

/** Characters between two looks at whether others wait; about ten milliseconds. */
const pieceLength = 50_000

let loading: Promise<typeof Count> | undefined

export async function countTokens(text: string, model: string): Promise<number> {
  return Math.ceil((await rawTokens(text)) * factorOf(model))
}

/** What the tokenizer says, whatever the model. */
export async function rawTokens(text: string): Promise<number> {
  if (text === '') return 0
  loading ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens: count }) => count)
  const count = await loading
  const counted = text.length > mostCounted ? text.slice(0, mostCounted) : text
  let tokens = 0
  for (const piece of pieces(counted)) {
    tokens += count(piece.replaceAll(tooLongWords, '$& ').replaceAll(tooLongSpaces, '$&x'), asPlainText)
    if (counted.length > pieceLength) await letOthers()
  }
  return Math.ceil(tokens * (text.length / counted.length))
}

/** A prompt may speak of `<|endoftext|>`; the tokenizer would throw. */
const asPlainText: { readonly disallowedSpecial: Set<string> } = { disallowedSpecial: new Set<string>() }

/** Cut at white space where there is some, so that hardly a word is counted in two halves. */
function* pieces(text: string): Generator<string> {
  let from = 0
  while (text.length - from > pieceLength) {
    const space = text.lastIndexOf(' ', from + pieceLength)
    const to = space > from + pieceLength / 2 ? space : from + pieceLength
    yield text.slice(from, to)
    from = to
  }
  yield text.slice(from)
}

function letOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
