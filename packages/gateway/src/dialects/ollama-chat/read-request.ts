/** Reads a chat request of Ollama's. */
import type { CanonicalRequest, FunctionTool } from '../canonical/request.ts'
import type { Sketch } from '../dialect.ts'
import { readCommonFields } from '../ollama/fields.ts'
import { readBody } from '../ollama/body.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'
import { readMessages } from './read-messages.ts'

/** @throws RefusedCall (400) naming the field at fault. */
export function readChatRequest(sketch: Sketch): CanonicalRequest {
  const body = readBody(sketch)
  return {
    from: 'ollama-chat',
    model: sketch.model,
    stream: sketch.stream,
    turns: readMessages(body['messages']),
    tools: readTools(body['tools']),
    ...readCommonFields(body, ['messages', 'tools']),
  }
}

function readTools(tools: unknown): readonly FunctionTool[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw badField('tools', '`tools` must be a list.')
  return tools.map((tool: unknown, at): FunctionTool => {
    const given = isRecord(tool) ? tool['function'] : undefined
    const name = isRecord(given) ? textIn(given['name']) : undefined
    if (!isRecord(given) || name === undefined) throw badField(`tools[${at}]`, `\`tools[${at}].function.name\` is missing.`)
    const description = textIn(given['description'])
    return {
      is: 'function',
      name,
      ...(description !== undefined && { description }),
      ...(given['parameters'] !== undefined && { parameters: given['parameters'] }),
    }
  })
}
