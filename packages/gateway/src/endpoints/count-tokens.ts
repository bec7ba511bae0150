/** `POST /v1/messages/count_tokens`: the provider's own count where it has one, else an estimate. */
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import type { Tool } from '../dialects/canonical/request.ts'
import { countRequest } from '../tokens/count-request.ts'
import type { OperationEndpoint } from './endpoint.ts'

export const countTokens: OperationEndpoint = {
  kind: 'operation',
  method: 'POST',
  path: '/messages/count_tokens',
  access: 'key',
  operation: 'count',
  dialect: 'anthropic-count',
  answerHere: async (sketch, model) => {
    const request = anthropicMessages.caller?.readRequest(sketch)
    return { input_tokens: request === undefined ? 0 : await countRequest({ ...request, tools: request.tools.map(countable) }, model) }
  },
}

/** What the vendor tells the model of a tool that it runs itself is about as long as what the caller wrote of it. */
function countable(tool: Tool): { readonly name: string; readonly description?: string; readonly parameters?: unknown } {
  return tool.is === 'server' ? { name: tool.type, parameters: tool.value } : tool
}
