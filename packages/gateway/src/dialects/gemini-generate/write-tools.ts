/** Tools and what is said about using them. */
import { refuse } from '../../domain/failure.ts'
import type { FunctionTool, Tool } from '../canonical/request.ts'
import { wrapCustomTool } from '../canonical/tool-names.ts'
import { isRecord } from '../wire.ts'
import { geminiSchema, isEmptyObject } from './schema.ts'
import { knowsJsonSchema } from './thinking.ts'
import { toOpenApi } from './to-open-api.ts'
import type { Json, Writing } from './writing.ts'

/** All functions in one entry, and one for each thing that Google runs itself. */
export function writeTools(writing: Writing): readonly Json[] {
  const { tools } = writing.request
  const functionDeclarations = tools.flatMap((tool) => (tool.is === 'server' ? [] : [writeFunction(functionIn(tool), writing)]))
  const own = tools.flatMap((tool) => (tool.is === 'server' ? [writeOwn(tool)] : []))
  return functionDeclarations.length === 0 ? own : [{ functionDeclarations }, ...own]
}

function functionIn(tool: Exclude<Tool, { is: 'server' }>): FunctionTool {
  return tool.is === 'custom' ? wrapCustomTool(tool) : tool
}

function writeOwn({ type, origin, value }: Extract<Tool, { is: 'server' }>): Json {
  if (origin === 'gemini-generate' && isRecord(value)) return value
  throw refuse('unsupported', `Gemini has no tool \`${type}\`. Leave it out, or ask a model of its own vendor.`, { param: 'tools' })
}

function writeFunction({ name, description, parameters, strict, cache }: FunctionTool, { names, target, losses }: Writing): Json {
  if (strict === true) losses.lose('tools.strict')
  if (cache !== undefined) losses.lose('cacheMarks')
  const declared = { name: names.out(name), ...(description !== undefined && { description }) }
  if (isEmptyObject(parameters)) return declared
  return knowsJsonSchema(target.model)
    ? { ...declared, parametersJsonSchema: geminiSchema(parameters) }
    : { ...declared, parameters: toOpenApi(parameters) }
}

/** Without functions there is nothing to choose, and to speak of it is a 400. */
export function writeToolConfig({ request: { tools, toolChoice }, names }: Writing): Json {
  if (toolChoice === undefined || !tools.some(({ is }) => is !== 'server')) return {}
  const calling = (mode: string, allowed?: readonly string[]): Json => ({
    functionCallingConfig: { mode, ...(allowed !== undefined && { allowedFunctionNames: allowed.map((name) => names.out(name)) }) },
  })
  switch (toolChoice.is) {
    case 'auto':
      return calling('AUTO')
    case 'none':
      return calling('NONE')
    case 'required':
      return calling('ANY')
    case 'allowed':
      // Only this mode takes names and leaves it to the model whether to call at all.
      return calling(toolChoice.required ? 'ANY' : 'VALIDATED', toolChoice.names)
  }
}
