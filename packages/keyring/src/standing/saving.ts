/** From a pool's standing to what is remembered over a restart, and back. */
import type { Millis } from '../clock.ts'
import type { SavedTold } from '../limits/told-limits.ts'
import type { Allowance, KeyStanding } from './key-standing.ts'
import type { PoolStanding } from './pool-standing.ts'
import type { Rest } from './rest.ts'
import type { SavedAllowance, SavedKey, SavedLearnt, SavedLimit, SavedPool, SavedRest } from './saved.ts'

/** The two clocks at one moment. */
interface Moment {
  readonly now: Millis
  readonly wallNow: Millis
}

export function savePool<C>(home: PoolStanding<C>): SavedPool {
  const { clock } = home.around
  const moment = { now: clock.now(), wallNow: clock.wallNow() }
  const cycles = [...(home.cycles?.saved() ?? [])].map(([name, { beganAt, usedUp }]) => {
    const exhausted = [...usedUp].map(({ key }) => key.id)
    return [name, { beganAtWall: wallOf(beganAt, moment), exhausted }] as const
  })
  return {
    name: home.pool.name,
    savedAt: moment.wallNow,
    keys: home.keys.map((key) => saveKey(key, home, moment)),
    cycles: Object.fromEntries(cycles),
  }
}

/** Keys that are gone are passed over, and so is what has become old. */
export function restorePool<C>(home: PoolStanding<C>, saved: SavedPool): void {
  const { clock } = home.around
  const moment = { now: clock.now(), wallNow: clock.wallNow() }
  for (const key of saved.keys) {
    const standing = home.keys.find((one) => one.key.id === key.id)
    if (standing !== undefined) restoreKey(standing, key, home, moment)
  }
  for (const [name, { beganAtWall, exhausted }] of Object.entries(saved.cycles)) {
    const usedUp = home.keys.filter(({ key }) => exhausted.includes(key.id))
    const ageMs = Math.max(moment.wallNow - beganAtWall, 0)
    home.cycles?.restore(name, moment.now - ageMs, usedUp)
  }
}

function saveKey<C>(standing: KeyStanding<C>, home: PoolStanding<C>, moment: Moment): SavedKey {
  const { key, rest, restsInRow, disabledBy, told } = standing
  const allowances: [string, SavedAllowance][] = []
  for (const [name, all] of home.allowances) {
    const own = all.find(({ owner }) => owner === standing)
    if (own !== undefined && isWorthKeeping(own, moment.now)) allowances.push([name, saveAllowance(own, moment)])
  }
  const saved = saveRest(rest, moment)
  return {
    id: key.id,
    ...(saved !== undefined && { rest: saved }),
    restsInRow,
    ...(disabledBy !== undefined && { disabledBy }),
    limits: savedLimits(told.saved(), moment),
    allowances: Object.fromEntries(allowances),
  }
}

function isWorthKeeping<C>({ rest, use, told, learnt }: Allowance<C>, now: Millis): boolean {
  return rest.asleep !== undefined || use.requests(now) > 0 || !told.isEmpty || learnt.known(now).length > 0
}

function saveAllowance<C>(allowance: Allowance<C>, moment: Moment): SavedAllowance {
  const { now } = moment
  const { rest, restsInRow, use, caps, told, learnt, learntWindowRequests } = allowance
  const saved = saveRest(rest, moment)
  return {
    ...(saved !== undefined && { rest: saved }),
    restsInRow,
    use: { requests: use.requests(now), tokens: use.tokens(now), endsAtWall: wallOf(use.endsAt(now) ?? now, moment) },
    ...(caps.until > now && { cappedUntilWall: wallOf(caps.until, moment) }),
    limits: savedLimits(told.saved(), moment),
    learnt: learnt.known(now).map(({ dimension, most }): SavedLearnt => ({ counts: dimension, most })),
    ...(learntWindowRequests !== undefined && { windowRequests: learntWindowRequests }),
  }
}

function savedLimits(limits: readonly SavedTold[], moment: Moment): readonly SavedLimit[] {
  return limits.map(({ resetsAt, ...limit }) => ({ ...limit, resetsAtWall: wallOf(resetsAt, moment) }))
}

function saveRest({ asleep }: Rest, moment: Moment): SavedRest | undefined {
  if (asleep === undefined) return undefined
  const { is, why, source, failures, until } = asleep
  return { is, why, source, failures, untilWall: wallOf(until, moment), remainingMs: Math.max(until - moment.now, 0) }
}

function restoreKey<C>(standing: KeyStanding<C>, saved: SavedKey, home: PoolStanding<C>, moment: Moment): void {
  restoreRest(standing.rest, saved.rest, moment)
  standing.restsInRow = saved.restsInRow
  standing.disabledBy = saved.disabledBy
  for (const limit of saved.limits) standing.told.restore(limit, pointOf(limit.resetsAtWall, moment), moment.now)
  for (const [name, allowance] of Object.entries(saved.allowances)) {
    const own = home.allowancesFor(name).find(({ owner }) => owner === standing)
    if (own !== undefined) restoreAllowance(own, allowance, moment)
  }
}

function restoreAllowance<C>(own: Allowance<C>, saved: SavedAllowance, moment: Moment): void {
  const { now } = moment
  restoreRest(own.rest, saved.rest, moment)
  own.restsInRow = saved.restsInRow
  const endsAt = pointOf(saved.use.endsAtWall, moment)
  if (endsAt > now) own.use.restore(saved.use.requests, saved.use.tokens, endsAt)
  if (saved.cappedUntilWall !== undefined) own.caps.restore(pointOf(saved.cappedUntilWall, moment))
  for (const limit of saved.limits) own.told.restore(limit, pointOf(limit.resetsAtWall, moment), now)
  for (const { counts, most } of saved.learnt) own.learnt.restore(counts, most, now)
  own.learntWindowRequests = saved.windowRequests
}

/** The shorter of what the clock on the wall says and what was left when it was saved: neither may be trusted alone. */
function restoreRest(rest: Rest, saved: SavedRest | undefined, moment: Moment): void {
  if (saved === undefined) return
  const leftMs = Math.max(Math.min(saved.remainingMs, saved.untilWall - moment.wallNow), 0)
  const { is, why, source, failures } = saved
  const until = moment.now + leftMs
  rest.begin(is === 'dead' ? { is, since: moment.now, until, why, source, failures } : { is, until, why, source, failures })
}

const longestMs = 32 * 86_400_000

function wallOf(at: Millis, { now, wallNow }: Moment): Millis {
  return wallNow + at - now
}

/** A clock that was set back must not close a key for years. */
function pointOf(wall: Millis, { now, wallNow }: Moment): Millis {
  return now + Math.min(wall - wallNow, longestMs)
}
