/** What the gateway asks the thread that keeps answers, and what it is told. */
import type { KeptResponse } from '../../conversations/response-store.ts'

export interface KeeperData {
  readonly path: string
  readonly retentionDays: number
}

export type KeeperAsk =
  | { readonly is: 'put'; readonly kept: KeptResponse }
  | { readonly is: 'get' | 'conversation' | 'delete'; readonly caller: string; readonly id: string }
  | { readonly is: 'holding'; readonly caller: string; readonly itemIds: readonly string[] }
  | { readonly is: 'close' }

export interface Numbered {
  readonly number: number
  readonly ask: KeeperAsk
}

/** What was found, or why nothing could be. */
export interface KeeperSays {
  readonly number: number
  readonly found?: KeeperFound
  readonly trouble?: string
}

export interface KeeperFound {
  readonly kept?: readonly KeptResponse[] | undefined
  readonly deleted?: boolean
}

export function readKeeperData(value: unknown): KeeperData {
  const fields: Readonly<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {}
  return { path: String(fields['path']), retentionDays: Number(fields['retentionDays']) }
}
