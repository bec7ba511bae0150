/** One call as it is kept: flat, with null for what is unknown. Journal lines are read into this shape. */

/** The columns of a kept call, in the order in which they are bound. Unknown is null, never 0. */
export interface CallRow {
  readonly id: string
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  readonly operation: string
  readonly dialect: string
  readonly asked: string
  /** 1 or 0. */
  readonly stream: number
  readonly caller: string
  readonly end: string
  readonly status: number | null
  readonly reason: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly keyId: string | null
  readonly route: string | null
  readonly totalMs: number | null
  readonly firstContentMs: number | null
  readonly upstreamMs: number | null
  readonly inputTokens: number | null
  readonly cacheReadTokens: number | null
  readonly cacheWriteTokens: number | null
  readonly outputTokens: number | null
  readonly reasoningTokens: number | null
  /** `provider` or `estimated`. */
  readonly usageSource: string | null
  /** JSON text of the list of attempts. */
  readonly attempts: string
  readonly terminator: string | null
  /** 1 or 0. */
  readonly passedThrough: number | null
}

/** A line of the journal: a call began, or it ended. */
export type JournalLine = { readonly is: 'open'; readonly row: CallRow } | { readonly is: 'settle'; readonly row: CallRow }

/** Reads one line; undefined when it is damaged, such as the last one of a process that died while it wrote. */
export function readJournalLine(text: string): JournalLine | undefined {
  const line = parsed(text)
  if (!isFields(line)) return undefined
  const opening = line['open']
  if (isFields(opening)) return lineOf('open', rowOf(opening, 'interrupted'))
  const record = line['settle']
  return isFields(record) ? lineOf('settle', rowOf(record, textOf(record['end']) ?? 'interrupted')) : undefined
}

type Fields = Readonly<Record<string, unknown>>

function lineOf(is: JournalLine['is'], row: CallRow | undefined): JournalLine | undefined {
  return row === undefined ? undefined : { is, row }
}

function rowOf(fields: Fields, end: string): CallRow | undefined {
  const id = textOf(fields['id'])
  const startedAt = numberOf(fields['startedAt'])
  if (id === null || startedAt === null) return undefined
  return {
    id,
    startedAt,
    operation: textOf(fields['operation']) ?? '',
    dialect: textOf(fields['dialect']) ?? '',
    asked: textOf(fields['asked']) ?? '',
    stream: flagOf(fields['stream']) ?? 0,
    caller: textOf(fields['caller']) ?? '',
    end,
    status: numberOf(fields['status']),
    reason: textOf(fields['reason']),
    provider: textOf(fields['provider']),
    model: textOf(fields['model']),
    keyId: textOf(fields['keyId']),
    route: textOf(fields['route']),
    ...timesOf(fields),
    ...tokensOf(fields['usage']),
    attempts: JSON.stringify(Array.isArray(fields['attempts']) ? fields['attempts'] : []),
    terminator: textOf(fields['terminator']),
    passedThrough: flagOf(fields['passedThrough']),
  }
}

function timesOf(fields: Fields): Pick<CallRow, 'totalMs' | 'firstContentMs' | 'upstreamMs'> {
  return {
    totalMs: numberOf(fields['totalMs']),
    firstContentMs: numberOf(fields['firstContentMs']),
    upstreamMs: numberOf(fields['upstreamMs']),
  }
}

type TokenCells = Pick<CallRow, 'inputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'outputTokens' | 'reasoningTokens' | 'usageSource'>

function tokensOf(usage: unknown): TokenCells {
  const fields = isFields(usage) ? usage : {}
  return {
    inputTokens: numberOf(fields['inputTokens']),
    cacheReadTokens: numberOf(fields['cacheReadTokens']),
    cacheWriteTokens: numberOf(fields['cacheWriteTokens']),
    outputTokens: numberOf(fields['outputTokens']),
    reasoningTokens: numberOf(fields['reasoningTokens']),
    usageSource: textOf(fields['source']),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function flagOf(value: unknown): number | null {
  return typeof value === 'boolean' ? Number(value) : null
}
