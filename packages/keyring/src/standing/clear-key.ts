/** What an operator does who knows better: ends a key's rests and forgets what was believed of its limits. */
import type { Allowance, KeyStanding } from './key-standing.ts'
import type { PoolStanding } from './pool-standing.ts'

/** The key as a whole and all it may do, or one model alone. True if that ended a rest. */
export function clearKey<C>(home: PoolStanding<C>, standing: KeyStanding<C>, model: string | undefined): boolean {
  const names = model === undefined ? [...home.allowances.keys()] : [home.quotaName(model)]
  const own = names.flatMap((name) => home.allowances.get(name)?.find(({ owner }) => owner === standing) ?? [])
  const ended = own.map((allowance) => clearAllowance(home, allowance))
  if (model === undefined) ended.push(clearWhole(home, standing))
  home.cycles?.clear()
  return ended.includes(true)
}

function clearWhole<C>(home: PoolStanding<C>, standing: KeyStanding<C>): boolean {
  standing.told.clear()
  standing.restsInRow = 0
  return endRest(home, standing, undefined)
}

function clearAllowance<C>(home: PoolStanding<C>, allowance: Allowance<C>): boolean {
  allowance.told.clear()
  allowance.learnt.clear()
  allowance.caps.clear()
  allowance.learntWindowRequests = undefined
  allowance.announcedUntil = 0
  allowance.faultsInRow = 0
  allowance.restsInRow = 0
  return endRest(home, allowance, allowance.name)
}

function endRest<C>(home: PoolStanding<C>, what: KeyStanding<C> | Allowance<C>, model: string | undefined): boolean {
  if (!what.rest.end(home.around.clock.now())) return false
  const { id: keyId, label: keyLabel } = 'owner' in what ? what.owner.key : what.key
  home.around.announce?.({ is: 'key.returned', pool: home.pool.name, keyId, keyLabel, ...(model !== undefined && { model }) })
  return true
}
