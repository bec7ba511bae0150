/** Checks what lies in the file of standings: people edit files, disks damage them, and other versions wrote other things. */
import { failureReasons } from '@keywheel/keyring'
import type { SavedPool } from '@keywheel/keyring'
import * as z from 'zod'

/** Raised when what an earlier one wrote would be understood wrongly. */
export const standingsVersion = 1

const count = z.number().nonnegative()
const wallTime = z.number()
/** A model of any length that a caller made up may be among them. */
const name = z.string()

const rest = z.object({
  is: z.enum(['resting', 'dead']),
  why: z.enum(failureReasons),
  source: z.enum(['hint', 'growing', 'cap', 'operator']),
  failures: count,
  untilWall: wallTime,
  remainingMs: count,
})

const limit = z.object({
  counts: z.enum(['requests', 'tokens', 'input-tokens', 'output-tokens']),
  refills: z.enum(['at-reset', 'steadily']),
  windowMs: count.exactOptional(),
  limit: count.exactOptional(),
  remaining: z.number().exactOptional(),
  resetsAtWall: wallTime,
})

const allowance = z.object({
  rest: rest.exactOptional(),
  restsInRow: count,
  use: z.object({ requests: count, tokens: count, endsAtWall: wallTime }),
  cappedUntilWall: wallTime.exactOptional(),
  limits: z.array(limit),
  learnt: z.array(z.object({ counts: z.enum(['requests', 'tokens', 'atOnce']), most: count })),
  windowRequests: count.exactOptional(),
})

const key = z.object({
  id: z.string().max(64),
  rest: rest.exactOptional(),
  restsInRow: count,
  disabledBy: name.exactOptional(),
  limits: z.array(limit),
  allowances: z.record(name, allowance),
})

const pool = z.object({
  name,
  savedAt: wallTime,
  keys: z.array(key),
  cycles: z.record(name, z.object({ beganAtWall: wallTime, exhausted: z.array(z.string().max(64)) })),
})

const file = z.object({ version: z.literal(standingsVersion), pools: z.array(pool) })

/** The pools in a text, or why it cannot be used. */
export type ReadStandings = { readonly pools: readonly SavedPool[] } | { readonly trouble: string }

export function readStandings(text: string): ReadStandings {
  const written = parsed(text)
  if (written === undefined) return { trouble: 'it is no JSON' }
  const version = z.object({ version: z.number() }).safeParse(written).data?.version
  if (version !== undefined && version !== standingsVersion) return { trouble: `another version of Keywheel wrote it (${version})` }
  const read = file.safeParse(written)
  if (read.success) return { pools: read.data.pools }
  return { trouble: `it holds something else at ${(read.error.issues[0]?.path ?? []).map(String).join('.') || 'its beginning'}` }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
