/** When a day, a week or a month of use ends, by the clock on the wall of some time zone. */
import type { Millis } from '../clock.ts'
import type { WindowRule } from '../pool.ts'

const dayMs = 86_400_000

/** The next boundary after `wallNow`, `clock.wallNow()` based. Weeks begin on Sunday, months on the first. */
export function nextBoundary(rule: Exclude<WindowRule, { is: 'rolling' }>, wallNow: Millis): Millis {
  if (rule.is === 'provider') return nextBoundary({ is: 'daily', hour: 3, timeZone: 'UTC' }, wallNow)
  const today = dateIn(rule.timeZone, wallNow)
  // Today's boundary may already be over; a month has at most 31 more days before its first.
  for (let ahead = 0; ahead <= 32; ahead++) {
    const day = new Date(Date.UTC(today.year, today.month - 1, today.day + ahead))
    if (rule.is === 'weekly' && day.getUTCDay() !== 0) continue
    if (rule.is === 'monthly' && day.getUTCDate() !== 1) continue
    const at = instantOf(rule.timeZone, day.getTime() + rule.hour * 3_600_000)
    if (at > wallNow) return at
  }
  return wallNow + dayMs
}

interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The moment at which clocks of the zone show `shown`, which is given as if it were UTC. Twice, since the offset may change between. */
function instantOf(timeZone: string, shown: Millis): Millis {
  if (timeZone === 'UTC') return shown
  const first = shown - offsetMs(timeZone, shown)
  return shown - offsetMs(timeZone, first)
}

/** How far clocks of the zone are ahead of UTC at a moment. */
function offsetMs(timeZone: string, at: Millis): Millis {
  const whole = Math.floor(at / 1000) * 1000
  const { year, month, day, hour, minute, second } = partsOf(timeZone, whole)
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole
}

function dateIn(timeZone: string, at: Millis): CalendarDate {
  return partsOf(timeZone, at)
}

interface CalendarTime extends CalendarDate {
  readonly hour: number
  readonly minute: number
  readonly second: number
}

function partsOf(timeZone: string, at: Millis): CalendarTime {
  const told = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes): number => told.get(type) ?? 0
  return { year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute'), second: part('second') }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const numeric = 'numeric'
  const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  })
  formats.set(timeZone, format)
  return format
}
