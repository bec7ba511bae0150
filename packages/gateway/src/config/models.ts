/** Models that are offered in front of a provider's own list. */
import type { ConfiguredProvider } from './config.ts'
import type { FileModel, FileModels, Maybe } from './file-content.ts'
import { modelsSchema } from './schema.ts'
import type { Reading } from './settings.ts'

export type ConfiguredModels = ConfiguredProvider['models']

/** A list of names, or names with the provider's own id and options. */
export function modelsOf(written: Maybe<FileModels>): ConfiguredModels {
  if (written === null || written === undefined) return []
  if (isList(written)) return written.map((name) => ({ name, id: name }))
  return Object.entries(written).map(([name, model]) => modelOf(name, model))
}

function modelOf(name: string, model: Maybe<FileModel>): ConfiguredModels[number] {
  const plain = { name, id: model?.id ?? name }
  return model?.options === null || model?.options === undefined ? plain : { ...plain, options: model.options }
}

/** Reads `<PROVIDER>_MODELS`. */
export function readModels(text: string): Reading<ConfiguredModels> {
  const expected = 'JSON: ["model", …] or {"public name": {"id": "model", "options": {}}}'
  const parsed = modelsSchema.safeParse(parseJson(text))
  return parsed.success ? { ok: true, value: modelsOf(parsed.data) } : { ok: false, expected }
}

const isList = (models: FileModels): models is readonly string[] => Array.isArray(models)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
