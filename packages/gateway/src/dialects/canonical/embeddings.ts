/** Embeddings in the one form that their dialects are read into and written from. */
import type { DialectName } from '../../domain/operation.ts'
import type { Usage } from '../../domain/usage.ts'

export interface CanonicalEmbedding {
  readonly from: DialectName
  readonly model: string
  /** Texts, or texts cut into token ids already. */
  readonly inputs: readonly (string | readonly number[])[]
  readonly dimensions?: number
  /** What the vectors are for, as Cohere and Google want to know: `search_query`, `search_document`, … */
  readonly purpose?: string
  readonly user?: string
  readonly extras: Readonly<Record<string, unknown>>
}

export interface CanonicalVectors {
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[]
  readonly model?: string
  readonly usage?: Usage
}
