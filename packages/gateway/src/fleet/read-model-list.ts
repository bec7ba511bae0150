/** Model names out of whatever a provider answers to "which models have you got?". */

/** More would be a mistake or an attack; the largest known list has some hundreds. */
const mostModels = 20_000
const longestName = 256
const printable = /^[\u0021-\u007E\u00A0-\uFFFF]+$/

/**
 * `{data: [{id}]}` as OpenAI has it, a bare array as Together has it, `{models: [{name: "models/x"}]}`
 * as Google has it, or `{result: [{id, name}]}` as Cloudflare has it.
 * Undefined when nothing of that kind is there; never throws.
 */
export function readModelList(body: unknown): readonly string[] | undefined {
  const entries = findEntries(body)
  if (entries === undefined) return undefined
  const names = new Set<string>()
  for (const entry of entries) {
    const name = readName(entry)
    if (name !== undefined) names.add(name)
    if (names.size >= mostModels) break
  }
  return names.size === 0 && entries.length > 0 ? undefined : [...names]
}

function findEntries(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body
  if (typeof body !== 'object' || body === null) return undefined
  if ('data' in body && Array.isArray(body.data)) return body.data
  if ('models' in body && Array.isArray(body.models)) return body.models
  if ('result' in body && Array.isArray(body.result)) return body.result.map(withoutId)
  return undefined
}

/** Cloudflare's ids are numbers of its own; a model is asked for by its name. */
function withoutId(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : undefined
}

function readName(entry: unknown): string | undefined {
  const text = nameIn(entry)
  if (text === undefined) return undefined
  // Google writes `models/gemini-…` in its lists and takes the name without it as well.
  const name = text.startsWith('models/') ? text.slice('models/'.length) : text
  return name.length <= longestName && printable.test(name) ? name : undefined
}

function nameIn(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry
  if (typeof entry !== 'object' || entry === null) return undefined
  if ('id' in entry && typeof entry.id === 'string') return entry.id
  if ('name' in entry && typeof entry.name === 'string') return entry.name
  return undefined
}
