/** Reads kept calls, for reports and tests. Has a connection of its own; the writer is not disturbed. */
import { DatabaseSync } from 'node:sqlite'
import type { CallRow } from '../../usage/call-row.ts'

/** The newest calls first. Blocks its thread for as long as SQLite takes. */
export function readCalls(databasePath: string, { limit }: { readonly limit: number }): readonly CallRow[] {
  const database = new DatabaseSync(databasePath, { readOnly: true })
  try {
    return database.prepare('SELECT * FROM calls ORDER BY started_at DESC, id DESC LIMIT ?').all(limit).map(rowIn)
  } finally {
    database.close()
  }
}

type Cells = Readonly<Record<string, unknown>>

function rowIn(cells: Cells): CallRow {
  return {
    id: text(cells, 'id') ?? '',
    startedAt: number(cells, 'started_at') ?? 0,
    operation: text(cells, 'operation') ?? '',
    dialect: text(cells, 'dialect') ?? '',
    asked: text(cells, 'asked') ?? '',
    stream: number(cells, 'stream') ?? 0,
    caller: text(cells, 'caller') ?? '',
    end: text(cells, 'end') ?? '',
    attempts: text(cells, 'attempts') ?? '[]',
    ...endIn(cells),
    ...tokensIn(cells),
  }
}

function endIn(
  cells: Cells,
): Pick<
  CallRow,
  | 'status'
  | 'reason'
  | 'provider'
  | 'model'
  | 'keyId'
  | 'route'
  | 'totalMs'
  | 'firstContentMs'
  | 'upstreamMs'
  | 'terminator'
  | 'passedThrough'
> {
  return {
    status: number(cells, 'status'),
    reason: text(cells, 'reason'),
    provider: text(cells, 'provider'),
    model: text(cells, 'model'),
    keyId: text(cells, 'key_id'),
    route: text(cells, 'route'),
    totalMs: number(cells, 'total_ms'),
    firstContentMs: number(cells, 'first_content_ms'),
    upstreamMs: number(cells, 'upstream_ms'),
    terminator: text(cells, 'terminator'),
    passedThrough: number(cells, 'passed_through'),
  }
}

function tokensIn(
  cells: Cells,
): Pick<CallRow, 'inputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'outputTokens' | 'reasoningTokens' | 'usageSource'> {
  return {
    inputTokens: number(cells, 'input_tokens'),
    cacheReadTokens: number(cells, 'cache_read_tokens'),
    cacheWriteTokens: number(cells, 'cache_write_tokens'),
    outputTokens: number(cells, 'output_tokens'),
    reasoningTokens: number(cells, 'reasoning_tokens'),
    usageSource: text(cells, 'usage_source'),
  }
}

function text(cells: Cells, name: string): string | null {
  const cell = cells[name]
  return typeof cell === 'string' ? cell : null
}

function number(cells: Cells, name: string): number | null {
  const cell = cells[name]
  return typeof cell === 'number' ? cell : null
}
