/** Answers that callers may name in a later call, and what was asked for them. */

export interface KeptResponse {
  readonly id: string
  /** The hashed id of the caller's key. Nobody else gets to see it. */
  readonly caller: string
  /** Milliseconds since the Unix epoch. */
  readonly keptAt: number
  /** The answer before it in the same conversation. */
  readonly previousId?: string
  readonly provider: string
  /** The hashed id of the key that the answer was made with. */
  readonly keyId: string
  /** Ids in it were made here, and mean nothing to a provider. */
  readonly isTranslated: boolean
  /** JSON of the list of items that this call brought, without those of the answers before. */
  readonly input: string
  /** JSON of the answer as the caller got it. */
  readonly response: string
  /** Ids of the answer's items, by which a later call may refer to them. */
  readonly itemIds: readonly string[]
}

export interface ResponseStore {
  /** Kept before anything that is asked after it; a failure is announced, not told. */
  put(kept: KeptResponse): void
  get(caller: string, id: string): Promise<KeptResponse | undefined>
  /** The whole conversation up to this answer, the oldest first; undefined when it or one before it is gone. */
  conversation(caller: string, id: string): Promise<readonly KeptResponse[] | undefined>
  /** The answers that hold these items. */
  holding(caller: string, itemIds: readonly string[]): Promise<readonly KeptResponse[]>
  /** Whether there was one. */
  delete(caller: string, id: string): Promise<boolean>
}
