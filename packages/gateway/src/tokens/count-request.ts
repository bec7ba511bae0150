/** About how many tokens a whole request is: its texts, what surrounds each message, its tools and its images. */
import { rawTokens } from './count-tokens.ts'
import { factorOf } from './families.ts'
import { imageTokens } from './image-tokens.ts'

/** What a chat format puts around each message (OpenAI's cookbook on counting tokens). */
const tokensPerTurn = 3
/** What opens the answer. */
const tokensToAnswer = 3
/** What stands around the declaration of a tool, and what a vendor says once when there are tools at all. */
const tokensPerTool = 8
const tokensForTools = 12
/** A document or a recording of unknown length: about a page, about half a minute. */
const tokensPerFile = 1500

/** A part of a message. Those of the canonical form fit as they are. */
export interface CountablePart {
  readonly is: string
  readonly text?: string
  readonly source?: { readonly is: string; readonly data?: string; readonly text?: string }
  readonly detail?: string
  readonly name?: string
  readonly argumentsText?: string
  readonly value?: unknown
}

/** A message. A turn of the canonical form fits as it is. */
export interface CountableTurn {
  readonly parts?: readonly CountablePart[]
  readonly blocks?: readonly CountablePart[]
  readonly results?: readonly { readonly name?: string; readonly parts: readonly CountablePart[] }[]
}

/** A canonical request fits as it is. */
export interface CountableRequest {
  readonly turns: readonly CountableTurn[]
  readonly tools: readonly { readonly name?: string; readonly description?: string; readonly parameters?: unknown }[]
  readonly format?: { readonly is: string; readonly schema?: unknown }
}

/** @param model decides how its family counts. */
export async function countRequest({ turns, tools, format }: CountableRequest, model: string): Promise<number> {
  const sum = new Sum()
  for (const turn of turns) {
    sum.fixed += tokensPerTurn
    for (const part of partsOf(turn)) add(sum, part)
  }
  if (tools.length > 0) sum.fixed += tokensForTools
  for (const { name = '', description = '', parameters } of tools) {
    sum.fixed += tokensPerTool
    sum.texts.push(name, description, asJson(parameters))
  }
  if (format?.schema !== undefined) sum.texts.push(asJson(format.schema))
  const counted = await rawTokens(sum.texts.filter((text) => text !== '').join('\n'))
  return Math.ceil(counted * factorOf(model)) + sum.fixed + tokensToAnswer
}

class Sum {
  readonly texts: string[] = []
  /** What does not depend on the model's family. */
  fixed = 0
}

function partsOf({ parts = [], blocks = [], results = [] }: CountableTurn): readonly CountablePart[] {
  return [...parts, ...blocks, ...results.flatMap((result) => result.parts)]
}

function add(sum: Sum, part: CountablePart): void {
  const { is, source, detail } = part
  if (is === 'image') sum.fixed += imageTokens(source?.data, detail)
  else if (source !== undefined && source.text === undefined) sum.fixed += tokensPerFile
  else sum.texts.push(...textsIn(part))
}

function textsIn({ text, source, name, argumentsText, value }: CountablePart): readonly string[] {
  if (argumentsText !== undefined) return [name ?? '', argumentsText]
  return [text ?? source?.text ?? asJson(value)]
}

function asJson(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value)
}
