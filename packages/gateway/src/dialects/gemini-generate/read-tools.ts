/** The tools of a caller's request, and what it says about using them. */
import { badField } from '../sketch-json.ts'
import type { CanonicalRequest, Tool, ToolChoice } from '../canonical/request.ts'
import { textIn } from '../wire.ts'
import { camelOf, fieldOf, listIn, others, recordIn, recordsIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'
import { fromOpenApi } from './open-api-schema.ts'

/** Each entry holds functions, or switches on something that Google runs itself, or both. */
export function readTools(body: Fields): readonly Tool[] {
  return recordsIn(body, 'tools').flatMap((entry) => {
    const functions: readonly Tool[] = recordsIn(entry, 'functionDeclarations').map(readFunction)
    return functions.concat(Object.entries(entry).flatMap(serverTools))
  })
}

function serverTools([name, value]: readonly [name: string, value: unknown]): readonly Tool[] {
  const type = camelOf(name)
  return type === 'functionDeclarations' ? [] : [{ is: 'server', type, origin: 'gemini-generate', value: { [type]: value } }]
}

function readFunction(declaration: Fields, at: number): Tool {
  const name = textIn(fieldOf(declaration, 'name'))
  if (name === undefined) throw badField(`tools.functionDeclarations[${at}].name`, 'A function must have a name.')
  const description = stringIn(declaration, 'description')
  const older = fieldOf(declaration, 'parameters')
  const parameters = fieldOf(declaration, 'parametersJsonSchema') ?? (older === undefined ? undefined : fromOpenApi(older))
  return {
    is: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
  }
}

/** What a field of `toolConfig` is called among the extras. */
export const toolConfigPrefix = 'toolConfig.'

const knownToolConfig = new Set(['functionCallingConfig'])

interface ToolConfig {
  readonly request: Pick<CanonicalRequest, 'toolChoice'>
  readonly extras: Readonly<Record<string, unknown>>
}

export function readToolConfig(body: Fields): ToolConfig {
  const config = recordIn(body, 'toolConfig') ?? {}
  const calling = recordIn(config, 'functionCallingConfig')
  const toolChoice = calling === undefined ? undefined : choiceOf(calling)
  const rest = Object.entries(others(config, knownToolConfig)).map(([name, value]) => [toolConfigPrefix + name, value] as const)
  return { request: toolChoice === undefined ? {} : { toolChoice }, extras: Object.fromEntries(rest) }
}

function choiceOf(calling: Fields): ToolChoice | undefined {
  const names = listIn(calling, 'allowedFunctionNames').filter((each) => typeof each === 'string')
  switch (textIn(fieldOf(calling, 'mode'))?.toUpperCase()) {
    case 'NONE':
      return { is: 'none' }
    case 'ANY':
      return names.length === 0 ? { is: 'required' } : { is: 'allowed', names, required: true }
    // Like AUTO, with arguments that are held to the schema.
    case 'VALIDATED':
      return names.length === 0 ? { is: 'auto' } : { is: 'allowed', names, required: false }
    case 'AUTO':
      return { is: 'auto' }
    case undefined:
    default:
      return undefined
  }
}
