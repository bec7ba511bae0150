/** Tools as Cohere takes them. */
import type { Losses } from '../canonical/losses.ts'
import type { CanonicalRequest, FunctionTool, ToolChoice } from '../canonical/request.ts'
import { asFunction } from '../canonical/tool-names.ts'
import type { ToolNameRule, ToolNames } from '../canonical/tool-names.ts'
import { isRecord } from '../wire.ts'

/** Names are identifiers: a dash is refused. */
export const toolNameRule: ToolNameRule = { fits: /^[A-Za-z_][A-Za-z0-9_]*$/, longest: 64 }

type Json = Readonly<Record<string, unknown>>

export function toolsOf({ tools, toolChoice }: CanonicalRequest, names: ToolNames, losses: Losses): Json {
  const functions = tools.map(asFunction)
  const offered = toolChoice?.is === 'allowed' ? functions.filter(({ name }) => toolChoice.names.includes(name)) : functions
  if (offered.length === 0) return {}
  if (offered.some(({ strict }) => strict === true)) losses.lose('tools.strict')
  if (offered.some(({ cache }) => cache !== undefined)) losses.lose('cacheMarks')
  return { tools: offered.map((tool) => definitionOf(tool, names)), ...choiceOf(toolChoice) }
}

/** There is a word for "must" and one for "must not"; which tool it must be is said by offering no other. */
function choiceOf(choice: ToolChoice | undefined): Json {
  switch (choice?.is) {
    case 'required':
      return { tool_choice: 'REQUIRED' }
    case 'allowed':
      return choice.required ? { tool_choice: 'REQUIRED' } : {}
    case 'none':
      return { tool_choice: 'NONE' }
    case 'auto':
    case undefined:
      return {}
  }
}

function definitionOf({ name, description, parameters }: FunctionTool, names: ToolNames): object {
  return {
    type: 'function',
    function: {
      name: names.out(name),
      ...(description !== undefined && description !== '' && { description }),
      parameters: isRecord(parameters) ? parameters : { type: 'object', properties: {} },
    },
  }
}
