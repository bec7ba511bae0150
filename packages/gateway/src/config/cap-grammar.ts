/** How caps are written in variables and in texts of the file: `80%`, `+20`, `offset:1h`, `T1_2_GEMINI_2_5_PRO`. */
import type { Cap } from '@keywheel/keyring'
import { canonicalName } from './canonical-name.ts'
import { duration, longestPeriodMs } from './duration.ts'
import type { Reading } from './settings.ts'

const mostRequests = 1_000_000_000
export const expectedLimit = 'a number of requests such as 100, a part of the known limit such as 80%, or +20 or -20 beside it'
export const expectedRest = 'quota_reset, offset:<time> such as offset:30m or offset:-5m, or fixed:<time> such as fixed:2h'

const limitForm = /^([+-]?)(\d+(?:\.\d+)?)\s*(%?)$/

/** `100`, `80%`, `+20`, `-20` */
export function readCapLimit(text: string): Reading<Cap['limit']> {
  const [, sign = '', digits = '', percent = ''] = limitForm.exec(text) ?? []
  const value = limitOf(sign, Number(digits || 'none'), percent)
  return value === undefined ? { ok: false, expected: expectedLimit } : { ok: true, value }
}

function limitOf(sign: string, amount: number, percent: string): Cap['limit'] | undefined {
  if (percent === '%') return sign === '' && amount <= 100 ? { is: 'share', amount: amount / 100 } : undefined
  if (!Number.isInteger(amount) || amount > mostRequests) return undefined
  if (sign === '') return { is: 'requests', amount }
  return { is: 'offset', amount: sign === '-' && amount > 0 ? -amount : amount }
}

/** `quota_reset`, `offset:30m`, `fixed:7200` */
export function readCapRest(text: string): Reading<Cap['rest']> {
  const [kind = '', time = ''] = text.toLowerCase().split(':', 2)
  if (kind === 'quota_reset' && time === '') return { ok: true, value: { is: 'reset' } }
  if (kind !== 'offset' && kind !== 'fixed') return { ok: false, expected: expectedRest }
  const reading = duration(kind === 'offset' ? -longestPeriodMs : 0)(time.trim())
  return reading.ok ? { ok: true, value: { is: kind, ms: reading.value } } : { ok: false, expected: expectedRest }
}

export interface CapName {
  /** undefined: of all keys that no other cap for the model names. */
  readonly priorities: readonly number[] | undefined
  /** In its canonical form. */
  readonly model: string
  /** It could have been read in another way, and nothing that is known says which was meant. */
  readonly isGuess: boolean
}

/** What is known of the provider, to tell priorities from a model that begins with a digit. */
export interface CapNameHints {
  /** Canonical names. */
  readonly models: ReadonlySet<string>
  readonly priorities: ReadonlySet<number>
}

/** What follows the provider in the name; undefined: it is no name of a cap. */
export function readCapName(rest: string, hints: CapNameHints): CapName | undefined {
  const [, ofAll] = /^TDEFAULT_(.+)$/.exec(rest) ?? []
  if (ofAll !== undefined) return named(undefined, ofAll)
  const [, told, behind] = /^T(\d+(?:_\d+)*)__(.+)$/.exec(rest) ?? []
  if (told !== undefined && behind !== undefined) return named(told.split('_').map(Number), behind)
  return rest.startsWith('T') ? likeliest(readingsOf(rest.slice(1)), hints) : undefined
}

/** A model that is known decides; else the numbers that are priorities of keys. */
function likeliest(readings: readonly CapName[], { models, priorities: used }: CapNameHints): CapName | undefined {
  const known = readings.find(({ model }) => models.has(model))
  if (known !== undefined || readings.length <= 1) return known ?? readings[0]
  const likely = readings.findLast(({ priorities = [] }) => priorities.every((priority) => used.has(priority))) ?? readings[0]
  return likely === undefined ? undefined : { ...likely, isGuess: true }
}

/** `1_2_5_PRO` → 1 of `2_5_pro`, 1 and 2 of `5_pro`, 1, 2 and 5 of `pro`: numbers that ascend, and something behind them. */
function readingsOf(text: string): readonly CapName[] {
  const parts = text.split('_')
  const readings: CapName[] = []
  for (let count = 1; count < parts.length && isPriority(parts, count - 1); count += 1) {
    const reading = named(parts.slice(0, count).map(Number), parts.slice(count).join('_'))
    if (reading !== undefined) readings.push(reading)
  }
  return readings
}

function isPriority(parts: readonly string[], at: number): boolean {
  const part = parts[at] ?? ''
  const before = at === 0 ? 0 : Number(parts[at - 1])
  return /^[1-9]\d{0,5}$/.test(part) && Number(part) > before
}

function named(priorities: readonly number[] | undefined, text: string): CapName | undefined {
  const model = canonicalName(text)
  const isRight = model !== '' && (priorities?.every((priority) => priority >= 1 && priority <= 1_000_000) ?? true)
  return isRight ? { priorities, model, isGuess: false } : undefined
}
