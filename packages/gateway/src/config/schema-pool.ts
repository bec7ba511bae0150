/** The part of the schema about how much keys are used: windows, fair cycles, caps. */
import * as z from 'zod'
import { expectedLimit, expectedRest, readCapLimit, readCapRest } from './cap-grammar.ts'
import { defaultFairCycle, defaultWindow } from './defaults.ts'
import { longestPeriodMs } from './duration.ts'
import type { FileCap, FileFairCycle, FileProvider } from './file-content.ts'
import { tierPattern } from './readings.ts'
import { count, field, period, periodOrNone, text } from './schema-fields.ts'

const timeZone = z.string().refine(isTimeZone, 'Write a time zone such as UTC or America/Los_Angeles.')

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const windowGroup = z
  .strictObject({
    rolling_ms: field(period, 'Any such length of time: what is older no longer counts.'),
    every: field(z.enum(['day', 'week', 'month']), 'Begins anew each day, each Sunday or each first of a month.'),
    hour: field(z.int().min(0).max(23), 'At this hour.', defaultWindow.hour),
    time_zone: field(timeZone, 'Of this time zone.', defaultWindow.timeZone),
  })
  .refine(
    ({ rolling_ms: rolling, every, hour, time_zone: zone }) =>
      isSet(rolling) !== isSet(every) && (isSet(every) || !(isSet(hour) || isSet(zone))),
    'Write either rolling_ms alone, or every, with hour and time_zone if need be.',
  )

const isSet = (value: unknown): boolean => value !== null && value !== undefined

/** In which use is counted. */
export const window: z.ZodType<FileProvider['window']> = field(
  z.union([z.literal('provider'), windowGroup], 'Write provider, or { rolling_ms: … }, or { every: day, hour: 3, time_zone: UTC }.'),
  "In which use is counted for balance, caps and the fair cycle; `provider`: as the provider's headers say. Else each day at 03:00 UTC.",
)

const fairCycleGroup: z.ZodType<FileFairCycle> = z.strictObject({
  enabled: field(z.boolean(), 'false: off, whatever the rotation.', true),
  tracks: field(z.enum(['model', 'key']), 'What is used up: a key for one model or quota group, or as a whole.', defaultFairCycle.tracks),
  cross_tiers: field(z.boolean(), 'One cycle over all priorities; else each has its own.', defaultFairCycle.crossesTiers),
  duration_ms: field(period, 'A cycle ends after this at the latest.', defaultFairCycle.durationMs),
  exhausted_from_ms: field(periodOrNone, 'A rest of at least this means that the key is used up.', defaultFairCycle.exhaustedFromMs),
  quota_share: field(
    z.number().min(0.01).max(1),
    'The part of a known limit at which a key counts as used up.',
    defaultFairCycle.quotaShare,
  ),
  wait_for_ms: field(
    periodOrNone,
    'A used-up key that is back within this is waited for before the cycle begins anew.',
    defaultFairCycle.waitsForMs,
  ),
})

export const fairCycle: z.ZodType<FileProvider['fair_cycle']> = field(
  fairCycleGroup,
  'Each key is used up once before any is used again. On where this group is written, and in sequential rotation.',
)

const tier = z.union(
  [count, z.string().regex(tierPattern, 'Begin with a letter; use letters, digits, dots, dashes and underscores.')],
  'Write a priority such as 1, or the name of a tier.',
)

const limit = z.union(
  [z.int().min(-1_000_000_000).max(1_000_000_000), z.string().refine((written) => readCapLimit(written).ok, `Write ${expectedLimit}.`)],
  `Write ${expectedLimit}.`,
)

const cooldownGroup = z
  .strictObject({
    offset_ms: field(z.int().min(-longestPeriodMs).max(longestPeriodMs), 'Until that much after the window ends, or before with a minus.'),
    fixed_ms: field(periodOrNone, 'For this long.'),
  })
  .refine(({ offset_ms: offset, fixed_ms: fixed }) => isSet(offset) !== isSet(fixed), 'Write either offset_ms or fixed_ms.')

const cooldown = z.union(
  [z.string().refine((written) => readCapRest(written).ok, `Write ${expectedRest}.`), cooldownGroup],
  `Write ${expectedRest}; or { offset_ms: … } or { fixed_ms: … }.`,
)

export const cap: z.ZodType<FileCap> = z.strictObject({
  tiers: field(z.array(tier).min(1), 'Priorities or tiers of keys; else all that no other cap for the model names.'),
  model: text.meta({ description: 'A model or a quota group.' }),
  limit: limit.meta({ description: 'Requests: `100`, or `80%` of the known limit, or `+20` or `-20` beside it.' }),
  cooldown: field(
    cooldown,
    'How long the key is left alone then: until the window ends, `offset:30m` longer or `offset:-5m` shorter, or `fixed:2h`.',
    'quota_reset',
  ),
})
