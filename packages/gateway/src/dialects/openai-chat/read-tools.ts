/** Tools of a chat request, and which of them shall be called. */
import type { Tool, ToolChoice } from '../canonical/request.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'
import { markOf } from './read-parts.ts'

type Fields = Readonly<Record<string, unknown>>

/** `functions` is the old name. */
export function readTools({ tools, functions }: Fields): readonly Tool[] {
  return [
    ...listOf(tools, 'tools').map((tool, at) => readTool(tool, `tools[${at}]`)),
    ...listOf(functions, 'functions').map((tool, at) => readFunction(tool, tool, `functions[${at}]`)),
  ]
}

function listOf(value: unknown, field: string): readonly Fields[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every(isRecord)) throw badField(field, `\`${field}\` must be a list of objects.`)
  return value
}

function readTool(tool: Fields, place: string): Tool {
  const { type, function: nested, custom } = tool
  if (isRecord(nested)) return readFunction(nested, tool, place)
  if (isRecord(custom)) return readCustom(custom, place)
  // Cursor sends tools as Responses or Anthropic want them.
  if (type === 'custom' && textIn(tool['name']) !== undefined) return readCustom(tool, place)
  if (type === 'function' || 'input_schema' in tool) return readFunction(tool, tool, place)
  const name = textIn(type)
  if (name === undefined) throw badField('tools', `\`${place}\` must have a \`type\`.`)
  return { is: 'server', type: name, origin: 'openai-chat', value: tool }
}

function readFunction(told: Fields, holder: Fields, place: string): Tool {
  const parameters = told['parameters'] ?? told['input_schema']
  const { strict } = told
  return {
    is: 'function',
    name: nameOf(told, place),
    ...describe(told),
    ...(parameters !== undefined && parameters !== null && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
    ...markOf(holder),
  }
}

function readCustom(told: Fields, place: string): Tool {
  const { format } = told
  return { is: 'custom', name: nameOf(told, place), ...describe(told), ...(isRecord(format) && { format }) }
}

function nameOf(told: Fields, place: string): string {
  const name = textIn(told['name'])
  if (name === undefined) throw badField('tools', `\`${place}\` has no \`name\`.`)
  return name
}

function describe(told: Fields): { readonly description?: string } {
  const description = textIn(told['description'])
  return description === undefined ? {} : { description }
}

const words: Readonly<Record<string, ToolChoice>> = {
  auto: { is: 'auto' },
  none: { is: 'none' },
  required: { is: 'required' },
  // Mistral's and Anthropic's word.
  any: { is: 'required' },
}

export function readToolChoice({ tool_choice: choice, function_call: legacy }: Fields): ToolChoice | undefined {
  if (choice !== undefined && choice !== null) return choiceOf(choice, 'tool_choice')
  return legacy === undefined || legacy === null ? undefined : choiceOf(legacy, 'function_call')
}

function choiceOf(choice: unknown, field: string): ToolChoice {
  const fields = isRecord(choice) ? choice : { type: choice }
  const word = textIn(fields['type']) ?? ''
  const plain = Object.hasOwn(words, word) ? words[word] : undefined
  if (plain !== undefined) return plain
  const name = nameIn(fields)
  if (name !== undefined) return { is: 'allowed', names: [name], required: true }
  const allowed = isRecord(fields['allowed_tools']) ? fields['allowed_tools'] : fields
  const { tools, mode } = allowed
  if (Array.isArray(tools))
    return { is: 'allowed', names: tools.map(nameIn).filter((each) => each !== undefined), required: mode === 'required' }
  throw badField(field, `\`${field}\` must be "auto", "none", "required", or an object that names tools.`)
}

/** `{type: "function", function: {name}}`, `{type: "custom", custom: {name}}`, or the bare `{name}`. */
function nameIn(choice: unknown): string | undefined {
  if (!isRecord(choice)) return undefined
  const nested = [choice['function'], choice['custom']].find(isRecord)
  return textIn((nested ?? choice)['name'])
}
