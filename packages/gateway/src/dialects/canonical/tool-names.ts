/**
 * Names of tools, fitted to what a provider takes and turned back in its answer; and custom tools (free text in place of JSON
 * arguments) put into functions of one text. Worked out from the request alone, the same for every attempt.
 */
import { refuse } from '../../domain/failure.ts'
import { isRecord, parseJson } from '../wire.ts'
import type { CanonicalRequest, CustomTool, FunctionTool, Tool } from './request.ts'
import { base62Hash } from './tool-ids.ts'

export interface ToolNameRule {
  readonly fits: RegExp
  readonly longest: number
}

const hashLength = 8

export class ToolNames {
  readonly #rule: ToolNameRule
  readonly #back = new Map<string, string>()
  readonly #custom = new Set<string>()

  /** @param request undefined: nothing is known of it, and every name stands for itself. */
  constructor(request: CanonicalRequest | undefined, rule: ToolNameRule) {
    this.#rule = rule
    for (const tool of request?.tools ?? []) {
      if (tool.is === 'server') continue
      this.#back.set(this.out(tool.name), tool.name)
      if (tool.is === 'custom') this.#custom.add(tool.name)
    }
  }

  /** What the provider calls it. */
  out(name: string): string {
    const { fits, longest } = this.#rule
    if (name.length <= longest && fits.test(name)) return name
    const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, longest - hashLength - 2)
    return `${/^[A-Za-z]/.test(plain) ? plain : `t${plain}`}_${base62Hash(name, hashLength)}`
  }

  /** What the caller calls it. */
  back(name: string): string {
    return this.#back.get(name) ?? name
  }

  /** By the caller's name. */
  isCustom(name: string): boolean {
    return this.#custom.has(name)
  }
}

const textInput = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] }

/** A function of one text; a grammar that the text should follow can only be described. */
export function wrapCustomTool({ name, description, format }: CustomTool): FunctionTool {
  const rule =
    isRecord(format) && format['type'] === 'grammar' ? `The input must follow this grammar: ${JSON.stringify(format)}` : undefined
  const told = [description, rule].filter((text) => text !== undefined && text !== '').join('\n\n')
  return { is: 'function', name, ...(told !== '' && { description: told }), parameters: textInput }
}

/** The tool as a function, for dialects that know no others. @throws RefusedCall `unsupported` for a tool that only its vendor can run. */
export function asFunction(tool: Tool): FunctionTool {
  switch (tool.is) {
    case 'function':
      return tool
    case 'custom':
      return wrapCustomTool(tool)
    case 'server': {
      const message = `The tool \`${tool.type}\` is run by its own provider and cannot be used with this model. Leave it out.`
      throw refuse('unsupported', message, { param: 'tools' })
    }
  }
}

export function wrapCustomInput(text: string): string {
  return JSON.stringify({ input: text })
}

/** The text inside; what is no such object is the text itself. */
export function unwrapCustomInput(argumentsText: string): string {
  const json = parseJson(argumentsText)
  return isRecord(json) && typeof json['input'] === 'string' ? json['input'] : argumentsText
}
