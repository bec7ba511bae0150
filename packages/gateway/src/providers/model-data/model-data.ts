/** What is known of models that the catalogue does not describe itself: a snapshot that ships, replaced by a newer one if allowed. */
import { readFileSync } from 'node:fs'
import type { KnownModel, Provider } from '../provider.ts'
import { catalogueName } from './data-names.ts'
import { openSnapshot } from './snapshot.ts'
import type { AboutData, ModelRecord, Snapshot } from './snapshot.ts'

/** What one source says of one model. */
export interface FoundModel {
  readonly record: ModelRecord
  readonly about: AboutData
}

const shippedFile = new URL('../../../data/models.jsonl', import.meta.url)

/** The snapshot that ships. */
export function shippedSnapshot(): Snapshot {
  return openSnapshot(readFileSync(shippedFile, 'utf8'))
}

/** Read when something is asked for the first time: starting must not wait for it. */
export class ModelData {
  readonly #load: () => Snapshot
  #snapshot: Snapshot | undefined

  constructor(load: () => Snapshot = shippedSnapshot) {
    this.#load = load
  }

  replace(snapshot: Snapshot): void {
    this.#snapshot = snapshot
  }

  /** By the provider's own name for the model, or one that differs only by a date, a variant or a region. */
  find(provider: Pick<Provider, 'name' | 'baseUrl'>, model: string): FoundModel | undefined {
    const name = catalogueName(provider)
    if (name === undefined) return undefined
    const snapshot = this.#current()
    const models = snapshot.modelsOf(name)
    if (models.size === 0) return undefined
    for (const candidate of namesLike(model)) {
      const record = models.get(candidate)
      if (record !== undefined) return { record, about: snapshot.about }
    }
    return undefined
  }

  /** As routing knows models: the catalogue's own word first, field by field. */
  known(provider: Provider, model: string): KnownModel | undefined {
    const own = provider.models !== undefined && Object.hasOwn(provider.models, model) ? provider.models[model] : undefined
    const record = this.find(provider, model)?.record
    if (record === undefined) return own
    const { contextTokens, maxOutputTokens, reasoning } = record
    return {
      ...(contextTokens !== undefined && { contextTokens }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(reasoning !== undefined && { reasoning }),
      ...own,
    }
  }

  #current(): Snapshot {
    this.#snapshot ??= this.#load()
    return this.#snapshot
  }
}

/** `us.anthropic.claude-…-v1:0`, `claude-…@20251001`, `gpt-5-2025-08-07`, `models/gemini-…`, `x:nitro`. Exact names come first. */
function* namesLike(model: string): Generator<string> {
  yield model
  const bare = model.replace(/^models\//, '').toLowerCase()
  yield bare
  const anywhere = bare.replace(/^(?:us|eu|apac|global|jp|au)\./, '')
  yield anywhere
  // A free variant has prices and limits of its own: it is not its neighbour.
  if (anywhere.endsWith(':free')) return
  yield anywhere.replace(/:[a-z]\w*$/, '')
  yield anywhere.replace(/[-@]20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])$/, '')
  yield anywhere.replace(/-latest$/, '')
}
