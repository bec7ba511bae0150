/** How much more, or less, each family of models makes of a text than OpenAI's tokenizer does. */

/**
 * Reported output tokens by the tokenizer's own count: the median of some hundred recorded answers for each, mostly English
 * (2026-11). The first that fits counts; a name is looked for anywhere, as resellers put their own in front.
 */
const families: readonly (readonly [name: RegExp, factor: number])[] = [
  [/claude.*(?:opus|sonnet|haiku)-(?:4[-.][789]|[5-9])/, 1.5],
  [/claude/, 1.18],
  [/gpt|o[1-9](?:-|$)|davinci|openai/, 1],
  [/grok|nova/, 1],
  [/gemini|gemma|deepseek|llama|mi[sx]tral|codestral|ministral|magistral|devstral|command|cohere|aya/, 1.05],
]

const unknownFactor = 1.1

export function factorOf(model: string): number {
  const name = model.toLowerCase()
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? unknownFactor
}
