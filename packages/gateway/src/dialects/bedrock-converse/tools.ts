/** Tools as Converse takes them. */
import type { Losses } from '../canonical/losses.ts'
import type { AnswerFormat, CanonicalRequest, FunctionTool, ToolChoice } from '../canonical/request.ts'
import { asFunction } from '../canonical/tool-names.ts'
import type { ToolNameRule, ToolNames } from '../canonical/tool-names.ts'
import { isRecord } from '../wire.ts'
import { jsonToolName } from './json-tool.ts'
import type { CachePoints } from './messages.ts'

type Json = Readonly<Record<string, unknown>>

/** Names of tools as Bedrock takes them. */
export const toolNameRule: ToolNameRule = { fits: /^[A-Za-z0-9_-]+$/, longest: 64 }

export interface ToolsAsk {
  readonly request: CanonicalRequest
  readonly names: ToolNames
  readonly points: CachePoints
  /** Whether the model can be made to call a tool. */
  readonly canForce: boolean
  /** The answer's format, where a tool has to stand for it. */
  readonly jsonTool: AnswerFormat | undefined
}

export interface ToolConfig {
  readonly tools: readonly Json[]
  readonly toolChoice?: Json
}

/** undefined: no tools are offered, and the conversation must hold none either. */
export function toolConfigOf(ask: ToolsAsk, losses: Losses): ToolConfig | undefined {
  const { request, names, points } = ask
  const offered = offeredTools(request)
  const choice = choiceFor(ask, offered, losses)
  // Who must call one of the caller's tools gives no answer in words that could have a format.
  const withJson = ask.jsonTool === undefined || choice !== undefined ? [] : [jsonSpec(ask.jsonTool)]
  if (offered.length + withJson.length === 0) return undefined
  if (offered.some(({ strict }) => strict === true)) losses.lose('tools.strict')
  const tools = [...offered.flatMap((tool) => points.behind(specOf(tool, names), tool.cache)), ...withJson]
  const forJson: Json = offered.length === 0 ? { tool: { name: jsonToolName } } : { any: {} }
  const toolChoice = withJson.length === 0 ? choice : forJson
  return { tools, ...(toolChoice !== undefined && { toolChoice }) }
}

function choiceFor({ request, names, canForce }: ToolsAsk, offered: readonly FunctionTool[], losses: Losses): Json | undefined {
  const choice = choiceOf(request.toolChoice, offered, names)
  if (canForce || choice === undefined) return choice
  losses.lose('toolChoice')
  return undefined
}

/** There is no way to say `none`: then no tool is offered. */
function offeredTools({ tools, toolChoice }: CanonicalRequest): readonly FunctionTool[] {
  const functions = tools.map(asFunction)
  if (toolChoice?.is === 'none') return []
  return toolChoice?.is === 'allowed' ? functions.filter(({ name }) => toolChoice.names.includes(name)) : functions
}

function choiceOf(choice: ToolChoice | undefined, offered: readonly FunctionTool[], names: ToolNames): Json | undefined {
  if (choice === undefined || offered.length === 0) return undefined
  const mustCall = choice.is === 'required' || (choice.is === 'allowed' && choice.required)
  if (!mustCall) return undefined
  const [only] = offered
  return choice.is === 'allowed' && offered.length === 1 && only !== undefined ? { tool: { name: names.out(only.name) } } : { any: {} }
}

function specOf({ name, description, parameters }: FunctionTool, names: ToolNames): Json {
  const isTold = description !== undefined && description.trim() !== ''
  return { toolSpec: { name: names.out(name), ...(isTold && { description }), inputSchema: { json: schemaOf(parameters) } } }
}

/** Bedrock wants an object at the root, also where a tool takes nothing. */
function schemaOf(parameters: unknown): Json {
  if (!isRecord(parameters)) return { type: 'object', properties: {} }
  return parameters['type'] === 'object' ? parameters : { ...parameters, type: 'object' }
}

function jsonSpec(format: AnswerFormat): Json {
  const schema = format.is === 'json-schema' ? schemaOf(format.schema) : { type: 'object' }
  const asked = format.is === 'json-schema' ? format.description : undefined
  const description = ['Gives the answer. Call this instead of writing text.', asked].filter((text) => text !== undefined).join(' ')
  return { toolSpec: { name: jsonToolName, description, inputSchema: { json: schema } } }
}
