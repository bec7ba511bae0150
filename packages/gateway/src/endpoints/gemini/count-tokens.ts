/** `:countTokens` where no provider of the model counts in Gemini's words: an estimate. */
import type { Tool } from '../../dialects/canonical/request.ts'
import { countedRequest } from '../../dialects/gemini-count/index.ts'
import type { Sketch } from '../../dialects/dialect.ts'
import { countRequest } from '../../tokens/count-request.ts'

export async function countHere(sketch: Sketch, model: string): Promise<object> {
  const request = countedRequest(sketch)
  return { totalTokens: await countRequest({ ...request, tools: request.tools.map(countable) }, model) }
}

/** What the vendor tells the model of a tool that it runs itself is about as long as what the caller wrote of it. */
function countable(tool: Tool): { readonly name: string; readonly description?: string; readonly parameters?: unknown } {
  return tool.is === 'server' ? { name: tool.type, parameters: tool.value } : tool
}
