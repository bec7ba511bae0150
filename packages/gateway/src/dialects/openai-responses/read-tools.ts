/** Tools of a request of the Responses API, and which of them the model shall use. */
import type { Tool, ToolChoice } from '../canonical/request.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'
import { inputSchema } from './custom-input.ts'
import type { ToolNames } from './tool-names.ts'

const origin = 'openai-responses'

type Wire = Record<string, unknown>

export interface ReadTools {
  readonly tools: readonly Tool[]
  /** Tools that nobody else has and that do nothing which would be missed, by what they are called when they are lost. */
  readonly dispensable: Readonly<Record<string, unknown>>
}

/** @throws RefusedCall (400). */
export function readTools(list: unknown, names: ToolNames): ReadTools {
  if (list === undefined || list === null) return { tools: [], dispensable: {} }
  if (!Array.isArray(list)) throw badField('tools', '`tools` must be a list of tools.')
  const tools: Tool[] = []
  const dispensable: Record<string, unknown> = {}
  for (const [at, tool] of list.entries()) {
    if (!isRecord(tool)) throw badField(`tools[${at}]`, `\`tools[${at}]\` must be a tool with a \`type\`.`)
    if (isCachedSearch(tool)) dispensable['tools.web_search'] = tool
    else tools.push(...readTool(tool, `tools[${at}]`, names))
  }
  return { tools, dispensable }
}

/** Codex offers a search that may not reach the web, whether the model has one or not. */
function isCachedSearch(tool: Wire): boolean {
  return tool['type'] === 'web_search' && tool['external_web_access'] === false
}

function readTool(tool: Wire, place: string, names: ToolNames): readonly Tool[] {
  switch (tool['type']) {
    case 'function':
      return [readFunction(tool, names.flat(nameIn(tool, place), undefined))]
    case 'custom':
      return [readCustom(tool, names.flat(nameIn(tool, place), undefined))]
    case 'namespace':
      return readNamespace(tool, place, names)
    default:
      return [{ is: 'server', type: textIn(tool['type']) ?? 'unknown', origin, value: tool }]
  }
}

function readNamespace(space: Wire, place: string, names: ToolNames): readonly Tool[] {
  const namespace = nameIn(space, place)
  const inner = Array.isArray(space['tools']) ? space['tools'].filter(isRecord) : []
  return inner.map((tool, at) => {
    const name = names.flat(nameIn(tool, `${place}.tools[${at}]`), namespace)
    return tool['type'] === 'custom' ? readCustom(tool, name) : readFunction(tool, name)
  })
}

function readFunction(tool: Wire, name: string): Tool {
  const { strict, parameters } = tool
  const description = textIn(tool['description'])
  return {
    is: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(isRecord(parameters) && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
  }
}

/** Free text has no place in most dialects: the tool becomes a function of one text (dialects D13). */
function readCustom(tool: Wire, name: string): Tool {
  const description = [textIn(tool['description']), grammarOf(tool['format'])].filter((text) => text !== undefined).join('\n\n')
  return { is: 'function', name, ...(description !== '' && { description }), parameters: inputSchema, strict: false }
}

/** Nothing holds the model to the grammar here, so it is told. */
function grammarOf(format: unknown): string | undefined {
  if (!isRecord(format)) return undefined
  const definition = textIn(format['definition'])
  return definition === undefined ? undefined : `The input follows this ${textIn(format['syntax']) ?? 'formal'} grammar:\n${definition}`
}

function nameIn(tool: Wire, place: string): string {
  const name = textIn(tool['name'])
  if (name === undefined) throw badField(`${place}.name`, `\`${place}.name\` must be a text.`)
  return name
}

const plain: Readonly<Record<string, ToolChoice>> = { auto: { is: 'auto' }, none: { is: 'none' }, required: { is: 'required' } }

/** undefined: not said, or a tool of the vendor's own, which has no place among the others. */
export function readToolChoice(choice: unknown, names: ToolNames): ToolChoice | undefined {
  if (typeof choice === 'string') return plain[choice]
  if (!isRecord(choice)) return undefined
  if (choice['type'] === 'allowed_tools') {
    const tools = Array.isArray(choice['tools']) ? choice['tools'].filter(isRecord) : []
    const allowed = tools.flatMap((tool) => chosen(tool, names))
    return allowed.length === 0 ? undefined : { is: 'allowed', names: allowed, required: choice['mode'] === 'required' }
  }
  const [name] = chosen(choice, names)
  return name === undefined ? undefined : { is: 'allowed', names: [name], required: true }
}

function chosen(tool: Wire, names: ToolNames): readonly string[] {
  const name = textIn(tool['name'])
  const isOwn = tool['type'] === 'function' || tool['type'] === 'custom'
  return name !== undefined && isOwn ? [names.flat(name, textIn(tool['namespace']))] : []
}
