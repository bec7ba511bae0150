/** Tools and the choice among them as the Responses API takes them: flat, and strict unless it is told otherwise. */
import { refuse } from '../../domain/failure.ts'
import type { Losses } from '../canonical/losses.ts'
import type { CanonicalRequest, FunctionTool, Tool, ToolChoice } from '../canonical/request.ts'
import { isRecord } from '../wire.ts'

const dialect = 'openai-responses'

type Fields = Readonly<Record<string, unknown>>

/** @throws RefusedCall `unsupported` for tools that another vendor runs. */
export function writeTools({ tools, toolChoice, from, extras }: CanonicalRequest, losses: Losses): Fields {
  const isOwn = from === dialect
  // A tool that other dialects can do without is among the extras.
  const search = isOwn ? extras['tools.web_search'] : undefined
  if (tools.length === 0 && search === undefined) return {}
  const choice = toolChoice === undefined ? undefined : writeChoice(toolChoice, tools)
  const written = tools.map((tool) => writeTool(tool, isOwn, losses))
  return { tools: search === undefined ? written : [...written, search], ...(choice !== undefined && { tool_choice: choice }) }
}

function writeTool(tool: Tool, isOwn: boolean, losses: Losses): unknown {
  switch (tool.is) {
    case 'function':
      if (tool.cache !== undefined) losses.lose('cacheMarks')
      return writeFunction(tool, isOwn)
    case 'custom':
      return { type: 'custom', name: tool.name, ...described(tool), ...(tool.format !== undefined && { format: flat(tool.format) }) }
    case 'server':
      if (tool.origin === dialect) return tool.value
      throw refuse('unsupported', `The tool \`${tool.type}\` is run by another vendor. Leave it out, or ask for a model that has it.`, {
        param: 'tools',
      })
  }
}

function writeFunction(tool: FunctionTool, isOwn: boolean): Fields {
  const { name, parameters = { type: 'object', properties: {} }, strict } = tool
  // Said nothing, the API makes the schema strict and refuses many; only its own callers can have meant that.
  const held = strict === undefined && isOwn ? {} : { strict: strict ?? false }
  return { type: 'function', name, ...described(tool), parameters, ...held }
}

function described({ description }: { readonly description?: string }): Fields {
  return description === undefined ? {} : { description }
}

/** Chat keeps a grammar one level deeper. */
function flat(format: unknown): unknown {
  return isRecord(format) && isRecord(format['grammar']) ? { type: format['type'], ...format['grammar'] } : format
}

function writeChoice(choice: ToolChoice, tools: readonly Tool[]): unknown {
  if (choice.is !== 'allowed') return choice.is
  const named = choice.names.map((name) => ({ type: typeOf(name, tools), name }))
  const [only, ...others] = named
  if (only === undefined) return undefined
  return others.length === 0 && choice.required
    ? only
    : { type: 'allowed_tools', mode: choice.required ? 'required' : 'auto', tools: named }
}

function typeOf(name: string, tools: readonly Tool[]): string {
  return tools.some((tool) => tool.is === 'custom' && tool.name === name) ? 'custom' : 'function'
}
