/**
 * Tools of the Responses API under names that every model takes, and back. Functions of a namespace get one name made of both
 * (Codex keeps those of its servers in namespaces); a custom tool is a function whose one argument is its input.
 */
import { createHash } from 'node:crypto'
import { isRecord, textIn } from '../wire.ts'

/** What a model's name for a tool stands for. */
export interface ToolOrigin {
  readonly name: string
  readonly namespace?: string
  readonly isCustom: boolean
}

const longestName = 64
const hashLength = 8

export class ToolNames {
  readonly #origins = new Map<string, ToolOrigin>()
  readonly #flat = new Map<string, string>()

  /** @param tools as the request has them; anything that is no list of tools counts as none. */
  constructor(tools: unknown) {
    const list = Array.isArray(tools) ? tools.filter(isRecord) : []
    // Tools of their own keep their names; those in namespaces give way.
    for (const tool of list) if (tool['type'] !== 'namespace') this.#add(tool, undefined)
    for (const tool of list) {
      if (tool['type'] !== 'namespace' || !Array.isArray(tool['tools'])) continue
      for (const inner of tool['tools'].filter(isRecord)) this.#add(inner, textIn(tool['name']))
    }
  }

  /** The name that the model gets. */
  flat(name: string, namespace: string | undefined): string {
    if (namespace === undefined) return name
    return this.#flat.get(keyOf(name, namespace)) ?? joined(name, namespace)
  }

  /** What the caller calls the tool that the model has named. */
  origin(flat: string): ToolOrigin {
    return this.#origins.get(flat) ?? { name: flat, isCustom: false }
  }

  #add(tool: Record<string, unknown>, namespace: string | undefined): void {
    const name = textIn(tool['name'])
    if (name === undefined || (tool['type'] !== 'function' && tool['type'] !== 'custom')) return
    const isCustom = tool['type'] === 'custom'
    const wanted = namespace === undefined ? name : joined(name, namespace)
    const flat = this.#origins.has(wanted) && namespace !== undefined ? shortened(wanted, keyOf(name, namespace)) : wanted
    this.#origins.set(flat, { name, isCustom, ...(namespace !== undefined && { namespace }) })
    if (namespace !== undefined) this.#flat.set(keyOf(name, namespace), flat)
  }
}

function keyOf(name: string, namespace: string): string {
  return `${namespace}\n${name}`
}

function joined(name: string, namespace: string): string {
  const plain = `${namespace}__${name}`
  const safe = plain.replaceAll(/[^A-Za-z0-9_-]/g, '_')
  return safe === plain && safe.length <= longestName ? safe : shortened(safe, keyOf(name, namespace))
}

/** Always the same for the same names, and different for others that begin alike. */
function shortened(name: string, seed: string): string {
  const hash = createHash('sha256').update(seed).digest('hex').slice(0, hashLength)
  return `${name.slice(0, longestName - hashLength - 1)}_${hash}`
}
