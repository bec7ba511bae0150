/** How large a window a request needs: Ollama loads a model with a small one, and cuts what does not fit without a word. */

/** What Ollama gives by itself at least. */
const smallestContext = 4096
/** Larger ones would fill the memory of most machines. */
const largestContext = 131_072
/** Code and languages beside English come to less than English's four. */
const bytesPerToken = 3
const tokensPerImage = 1024
/** Room for the answer where nobody has set a limit. */
const usualAnswerTokens = 2048

interface Weighed {
  readonly messages: readonly Record<string, unknown>[]
  readonly tools: readonly Record<string, unknown>[]
}

/**
 * undefined: what Ollama gives by itself is enough. A power of two otherwise, since every other size makes Ollama load the model
 * anew.
 */
export function contextFor({ messages, tools }: Weighed, maxTokens: number | undefined): number | undefined {
  let images = 0
  const texts = messages.map((message) => {
    if (Array.isArray(message['images'])) images += message['images'].length
    return { ...message, images: undefined }
  })
  const bytes = Buffer.byteLength(JSON.stringify([texts, tools]))
  const needed = Math.ceil(bytes / bytesPerToken) + images * tokensPerImage + (maxTokens ?? usualAnswerTokens)
  if (needed <= smallestContext) return undefined
  return Math.min(largestContext, 2 ** Math.ceil(Math.log2(needed)))
}
