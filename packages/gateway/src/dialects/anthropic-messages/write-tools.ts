/** Tools, and whether they must be called, as Anthropic takes them. */
import { refuse } from '../../domain/failure.ts'
import type { Losses } from '../canonical/losses.ts'
import type { CanonicalRequest, CustomTool, FunctionTool, Tool, ToolChoice } from '../canonical/request.ts'
import { isRecord } from '../wire.ts'
import { toolFieldsFor } from './read-tools.ts'
import { namesCalled } from './tool-names.ts'
import type { ToolNames } from '../canonical/tool-names.ts'
import type { Traits } from './traits.ts'
import { cacheControl } from './write-parts.ts'
import type { Written } from './write-parts.ts'

export interface ToolNotes {
  readonly names: ToolNames
  readonly traits: Traits
  readonly losses: Losses
}

export interface WrittenTools {
  readonly tools?: readonly Written[]
  readonly tool_choice?: Written
}

/** Whether the choice takes from the model the freedom to answer in words. */
export function isForced(choice: ToolChoice | undefined): boolean {
  return choice?.is === 'required' || (choice?.is === 'allowed' && choice.required)
}

export function writeTools(request: CanonicalRequest, notes: ToolNotes): WrittenTools {
  const { tools, toolChoice, turns } = request
  if (tools.length === 0) return stubs(namesCalled(turns), notes.names)
  const written = allowed(tools, toolChoice).map((tool) => writeTool(tool, notes, request))
  const choice = writeChoice(request, notes)
  return { tools: written, ...(choice !== undefined && { tool_choice: choice }) }
}

/** A conversation with calls in it is refused where no tools are offered: they are offered by name, and may not be called. */
function stubs(called: readonly string[], names: ToolNames): WrittenTools {
  if (called.length === 0) return {}
  const tools = called.map((name) => ({ name: names.out(name), input_schema: { type: 'object' } }))
  return { tools, tool_choice: { type: 'none' } }
}

/** A single tool that must be called is named in the choice; any other selection can only be made by offering less. */
function allowed(tools: readonly Tool[], choice: ToolChoice | undefined): readonly Tool[] {
  if (choice?.is !== 'allowed' || (choice.required && choice.names.length === 1)) return tools
  return tools.filter((tool) => tool.is !== 'server' && choice.names.includes(tool.name))
}

function writeTool(tool: Tool, notes: ToolNotes, request: CanonicalRequest): Written {
  switch (tool.is) {
    case 'function':
      return request.from === 'anthropic-messages' ? writeOwn(tool, notes, request) : writeFunction(tool, notes)
    case 'custom':
      return writeCustom(tool, notes)
    case 'server':
      if (tool.origin === 'anthropic-messages' && isRecord(tool.value)) return tool.value
      throw refuse('unsupported', `The tool \`${tool.type}\` does not exist for this model. Leave it out, or ask its own vendor's model.`, {
        param: 'tools',
      })
  }
}

/** Strictness of another dialect is not carried over: Anthropic's strict tools refuse many schemas that others take. */
function writeFunction(tool: FunctionTool, notes: ToolNotes): Written {
  if (tool.strict === true) notes.losses.lose('tools.strict')
  return plainTool(tool, notes)
}

function writeOwn(tool: FunctionTool, notes: ToolNotes, { extras }: CanonicalRequest): Written {
  return { ...plainTool(tool, notes), strict: tool.strict, ...toolFieldsFor(tool.name, extras) }
}

function plainTool({ name, description, parameters, cache }: FunctionTool, { names }: ToolNotes): Written {
  return {
    name: names.out(name),
    ...(description !== undefined && description !== '' && { description }),
    input_schema: schemaOf(parameters),
    ...cacheControl(cache),
  }
}

/** Free text becomes the one text of an object; the reader of the answer takes it out again. */
function writeCustom({ name, description, format }: CustomTool, { names, losses }: ToolNotes): Written {
  if (format !== undefined && !(isRecord(format) && format['type'] === 'text')) losses.lose('tools.format')
  return {
    name: names.out(name),
    ...(description !== undefined && { description }),
    input_schema: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
  }
}

/** The type at the top must be there, and must be an object. */
function schemaOf(parameters: unknown): Written {
  if (!isRecord(parameters)) return { type: 'object', properties: {} }
  return parameters['type'] === 'object' ? parameters : { ...parameters, type: 'object' }
}

function writeChoice({ toolChoice, parallelToolCalls }: CanonicalRequest, { names, traits, losses }: ToolNotes): Written | undefined {
  if (toolChoice?.is === 'none') return { type: 'none' }
  const limit = parallelToolCalls === false ? { disable_parallel_tool_use: true } : undefined
  if (toolChoice === undefined) return limit === undefined ? undefined : { type: 'auto', ...limit }
  if (!isForced(toolChoice)) return { type: 'auto', ...limit }
  if (traits.forcedTools) return { ...forced(toolChoice, names), ...limit }
  losses.lose('toolChoice')
  return { type: 'auto', ...limit }
}

function forced(choice: ToolChoice, names: ToolNames): Written {
  const [only, ...more] = choice.is === 'allowed' ? choice.names : []
  return only === undefined || more.length > 0 ? { type: 'any' } : { type: 'tool', name: names.out(only) }
}
