/** Tools, and which of them shall be called, as the chat dialect writes them. */
import { refuse } from '../../domain/failure.ts'
import type { CustomTool, FunctionTool, Tool } from '../canonical/request.ts'
import { wrapCustomTool } from '../canonical/tool-names.ts'
import type { ToolNameRule } from '../canonical/tool-names.ts'
import { isRecord } from '../wire.ts'
import { cacheControl } from './chat-parts.ts'
import { takes } from './chat-writing.ts'
import type { ChatWriting } from './chat-writing.ts'

/** OpenAI's own, which the rest of the family took over. */
export const toolNameRule: ToolNameRule = { fits: /^[a-zA-Z0-9_-]+$/, longest: 64 }

/** The fields about tools; none where there are no tools, since servers refuse a choice among none. */
export function writeTools(writing: ChatWriting): Record<string, unknown> {
  const { request, losses } = writing
  const tools = offered(writing).map((tool) => writeTool(tool, writing))
  if (tools.length === 0) return {}
  if (request.tools.some((tool) => tool.is === 'function' && tool.cache !== undefined) && !takes(writing, 'cache_control')) {
    losses.lose('cacheMarks')
  }
  const choice = writeChoice(writing)
  return {
    tools,
    ...(choice !== undefined && { tool_choice: choice }),
    ...(request.parallelToolCalls !== undefined && { parallel_tool_calls: request.parallelToolCalls }),
  }
}

/** Where only some tools are allowed, the others are not shown: not every server knows how to forbid them. */
function offered({ request, isSame }: ChatWriting): readonly Tool[] {
  const { tools, toolChoice } = request
  if (toolChoice?.is !== 'allowed' || isSame) return tools
  return tools.filter((tool) => tool.is !== 'server' && toolChoice.names.includes(tool.name))
}

function writeTool(tool: Tool, writing: ChatWriting): Record<string, unknown> {
  switch (tool.is) {
    case 'function':
      return writeFunction(tool, writing)
    case 'custom':
      return takes(writing, 'custom-tools') ? writeCustom(tool, writing) : writeFunction(wrapCustomTool(tool), writing)
    case 'server':
      if (tool.origin === writing.style.dialect && isRecord(tool.value)) return tool.value
      throw refuse(
        'unsupported',
        `The tool \`${tool.type}\` is run by its own vendor and cannot be offered to this model. Leave it out of \`tools\`, or ask for a model that has it.`,
        { param: 'tools' },
      )
  }
}

function writeFunction({ name, description, parameters, strict, cache }: FunctionTool, writing: ChatWriting): Record<string, unknown> {
  const declared = {
    name: writing.names.out(name),
    ...(description !== undefined && { description }),
    parameters: parameters ?? { type: 'object', properties: {} },
    ...(strict !== undefined && { strict }),
  }
  return { type: 'function', function: declared, ...cacheControl(cache, writing) }
}

function writeCustom({ name, description, format }: CustomTool, { names }: ChatWriting): Record<string, unknown> {
  const custom = { name: names.out(name), ...(description !== undefined && { description }), ...(format !== undefined && { format }) }
  return { type: 'custom', custom }
}

function writeChoice(writing: ChatWriting): unknown {
  const { request, style } = writing
  const choice = request.toolChoice
  if (choice === undefined) return undefined
  if (choice.is === 'required') return style.required
  if (choice.is !== 'allowed') return choice.is
  const [first, ...others] = choice.names
  if (first !== undefined && others.length === 0 && choice.required) return named(first, writing)
  const mode = choice.required ? style.required : 'auto'
  if (!writing.isSame) return mode
  return { type: 'allowed_tools', allowed_tools: { mode, tools: choice.names.map((name) => named(name, writing)) } }
}

function named(name: string, writing: ChatWriting): Record<string, unknown> {
  const kind = writing.names.isCustom(name) && takes(writing, 'custom-tools') ? 'custom' : 'function'
  return { type: kind, [kind]: { name: writing.names.out(name) } }
}
