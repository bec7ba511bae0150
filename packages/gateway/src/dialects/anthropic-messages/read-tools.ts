/** The tools of a caller. Those of a type of their own are known to Anthropic's dialect alone. */
import type { CanonicalRequest, Tool } from '../canonical/request.ts'
import { isRecord, textIn } from '../wire.ts'
import { badContent, cacheOf } from './read-content.ts'

type Fields = Readonly<Record<string, unknown>>

export function readTools(tools: unknown): readonly Tool[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw badContent('tools', 'it must be a list.')
  return tools.map((tool: unknown, index) => {
    if (!isRecord(tool)) throw badContent(`tools.${index}`, 'every tool must be an object.')
    return readTool(tool, `tools.${index}`)
  })
}

function readTool(tool: Fields, at: string): Tool {
  const type = textIn(tool['type'])
  if (type !== undefined && type !== 'custom') return { is: 'server', type, origin: 'anthropic-messages', value: tool }
  const name = textIn(tool['name'])
  if (name === undefined) throw badContent(`${at}.name`, 'every tool needs a name.')
  const description = textIn(tool['description'])
  const { input_schema: parameters, strict } = tool
  return {
    is: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
    ...cacheOf(tool),
  }
}

const placed: ReadonlySet<string> = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control'])

/** Fields of single tools stand among the extras under this and their own name, as a table by the tool's name. */
export const toolField = 'tools.'

/** What else callers write into their tools, such as `eager_input_streaming`. */
export function toolExtras(tools: unknown): Readonly<Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {}
  for (const tool of Array.isArray(tools) ? tools.filter(isRecord) : []) {
    const { type, name } = tool
    if (typeof name !== 'string' || (type !== undefined && type !== 'custom')) continue
    for (const [field, value] of Object.entries(tool)) {
      if (!placed.has(field) && value !== null) found[toolField + field] = { ...found[toolField + field], [name]: value }
    }
  }
  return found
}

/** The same fields, for one tool, as they were. */
export function toolFieldsFor(name: string, extras: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(extras).flatMap(([key, byName]): [string, unknown][] =>
      key.startsWith(toolField) && isRecord(byName) && Object.hasOwn(byName, name) ? [[key.slice(toolField.length), byName[name]]] : [],
    ),
  )
}

export function readToolChoice(choice: unknown): Pick<CanonicalRequest, 'toolChoice' | 'parallelToolCalls'> {
  if (choice === undefined || choice === null) return {}
  if (!isRecord(choice)) throw badContent('tool_choice', 'it must be an object.')
  const single = choice['disable_parallel_tool_use'] === true ? { parallelToolCalls: false } : {}
  switch (choice['type']) {
    case 'auto':
      return { toolChoice: { is: 'auto' }, ...single }
    case 'any':
      return { toolChoice: { is: 'required' }, ...single }
    case 'none':
      return { toolChoice: { is: 'none' } }
    case 'tool':
      return { toolChoice: { is: 'allowed', names: [nameIn(choice)], required: true }, ...single }
    default:
      throw badContent('tool_choice.type', 'it must be `auto`, `any`, `tool` or `none`.')
  }
}

function nameIn(choice: Fields): string {
  const name = textIn(choice['name'])
  if (name === undefined) throw badContent('tool_choice.name', 'it must name the tool.')
  return name
}
