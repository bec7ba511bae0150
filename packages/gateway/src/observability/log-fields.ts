/** The fields that a log line may carry. The list is what is let through; nothing is logged because nobody thought of masking it. */
import { scrub, scrubbed } from '../domain/scrub.ts'

/** Durations in milliseconds, tokens in tokens. Values of other kinds, such as a `Secret` in a text's place, print `[secret]` or nothing. */
export interface LogFields {
  readonly event?: string | undefined
  readonly id?: string | undefined
  readonly method?: string | undefined
  readonly path?: string | undefined
  readonly operation?: string | undefined
  readonly dialect?: string | undefined
  readonly caller?: string | undefined
  readonly status?: number | undefined
  readonly end?: string | undefined
  readonly reason?: string | undefined
  readonly asked?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly route?: string | undefined
  /** The key's hashed id, and how people know it. */
  readonly keyId?: string | undefined
  readonly keyLabel?: string | undefined
  /** Who said how long a key rests, and who disabled it. */
  readonly source?: string | undefined
  readonly by?: string | undefined
  readonly stream?: boolean | undefined
  readonly totalMs?: number | undefined
  readonly upstreamMs?: number | undefined
  readonly firstContentMs?: number | undefined
  readonly tookMs?: number | undefined
  readonly forMs?: number | undefined
  readonly inputTokens?: number | undefined
  readonly cacheReadTokens?: number | undefined
  readonly cacheWriteTokens?: number | undefined
  readonly outputTokens?: number | undefined
  readonly reasoningTokens?: number | undefined
  readonly usageSource?: string | undefined
  readonly attempts?: number | undefined
  /** Why the attempts failed, in order. */
  readonly attemptReasons?: readonly string[] | undefined
  readonly terminator?: string | undefined
  readonly note?: string | undefined
  readonly models?: number | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly version?: string | undefined
  readonly pid?: number | undefined
  readonly detail?: string | undefined
  readonly error?: unknown
}

type Kind = 'name' | 'text' | 'number' | 'flag' | 'names' | 'error'

/** Names come from the gateway itself, its configuration or closed lists; texts come from others and are scrubbed. */
const kinds: Readonly<Record<keyof LogFields, Kind>> = {
  event: 'name',
  id: 'name',
  method: 'name',
  path: 'text',
  operation: 'name',
  dialect: 'name',
  caller: 'name',
  status: 'number',
  end: 'name',
  reason: 'name',
  asked: 'text',
  provider: 'name',
  model: 'text',
  route: 'name',
  keyId: 'name',
  keyLabel: 'name',
  source: 'name',
  by: 'name',
  stream: 'flag',
  totalMs: 'number',
  upstreamMs: 'number',
  firstContentMs: 'number',
  tookMs: 'number',
  forMs: 'number',
  inputTokens: 'number',
  cacheReadTokens: 'number',
  cacheWriteTokens: 'number',
  outputTokens: 'number',
  reasoningTokens: 'number',
  usageSource: 'name',
  attempts: 'number',
  attemptReasons: 'names',
  terminator: 'name',
  note: 'text',
  models: 'number',
  host: 'name',
  port: 'number',
  version: 'name',
  pid: 'number',
  detail: 'text',
  error: 'error',
}

/** What of these fields goes onto a line. */
export function printable(fields: LogFields): Record<string, unknown> {
  const line: Record<string, unknown> = {}
  let name: keyof LogFields
  // Walks what is there: most lines carry a few of the fields. An inherited name is not on the list either.
  for (name in fields) {
    const value: unknown = fields[name]
    if (value !== undefined && Object.hasOwn(kinds, name)) line[name] = printers[kinds[name]](value)
  }
  return line
}

const printers: Readonly<Record<Kind, (value: unknown) => unknown>> = {
  name: (value) => (typeof value === 'string' ? value : hidden(value)),
  text: (value) => (typeof value === 'string' ? scrubbed(value) : hidden(value)),
  // Microseconds are the finest that is worth reading.
  number: (value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : hidden(value)),
  flag: (value) => (typeof value === 'boolean' ? value : hidden(value)),
  names: (value) => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : hidden(value)),
  error: (value) => errorLine(value),
}

/** The only object that is let in where it does not belong tells its own name. */
function hidden(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'reveal' in value ? '[secret]' : undefined
}

interface ErrorLine {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: ErrorLine
}

function errorLine(error: unknown, depth = 0): ErrorLine {
  if (!(error instanceof Error)) return { type: typeof error, message: typeof error === 'string' ? scrub(error) : '' }
  return {
    type: error.name,
    message: scrub(error.message),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.stack === undefined || depth > 0 ? {} : { stack: scrub(error.stack) }),
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: errorLine(error.cause, depth + 1) }),
  }
}
