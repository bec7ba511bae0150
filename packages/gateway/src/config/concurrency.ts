/** How many calls a key has at once: preferred and at most, and more of both for keys of some priorities. */
import type { PoolSettings } from '@keywheel/keyring'
import { defaultProvider } from './defaults.ts'
import { firstOf, longVariablesOf, reportName } from './provider-ask.ts'
import type { ProviderAsk } from './provider-ask.ts'
import { decimal, wholeNumber } from './readings.ts'
import { readVariable } from './settings.ts'

type Rotation = PoolSettings['rotation']
type Concurrency = Pick<PoolSettings, 'optimalConcurrency' | 'maxConcurrency' | 'concurrencyMultipliers' | 'fallbackMultiplier'>

/** What is said for the rotation in use beats what is said for any. */
export function concurrencyOf(ask: ProviderAsk, rotation: Rotation): Concurrency {
  const { written } = ask
  const usual = rotation === 'balanced' ? defaultProvider.optimalConcurrency : 0
  const optimal = baseOf(ask, 'optimal', rotation) ?? written.optimal_concurrency ?? usual
  const most = baseOf(ask, 'max', rotation) ?? written.max_concurrency ?? 0
  const multipliers = multipliersOf(ask, rotation)
  const fallback = fallbackOf(ask, rotation)
  return {
    ...(optimal > 0 ? { optimalConcurrency: optimal } : {}),
    ...(most > 0 ? { maxConcurrency: most } : {}),
    ...(Object.keys(multipliers).length > 0 ? { concurrencyMultipliers: multipliers } : {}),
    ...(fallback === undefined ? {} : { fallbackMultiplier: fallback }),
  }
}

function baseOf(ask: ProviderAsk, kind: 'optimal' | 'max', rotation: Rotation): number | undefined {
  const read = wholeNumber(Number.MIN_SAFE_INTEGER)
  return firstOf(ask, kind, read, `_${rotation.toUpperCase()}`) ?? firstOf(ask, kind, read)
}

const multiplier = decimal(1, 1000)
const head = 'CONCURRENCY_MULTIPLIER_'

function multipliersOf(ask: ProviderAsk, rotation: Rotation): Readonly<Record<number, number>> {
  const forAny: Record<number, number> = {}
  const forRotation: Record<number, number> = {}
  for (const { name, rest } of longVariablesOf(ask, head)) {
    const [, priority, only] = /^PRIORITY_([1-9]\d{0,5})(?:_(BALANCED|SEQUENTIAL))?$/.exec(rest) ?? []
    const value = readVariable(ask.sources, name, multiplier)
    if (priority === undefined) {
      const prefix = name.slice(head.length, name.length - rest.length - 1)
      reportName(
        ask,
        name,
        `Write ${head}${prefix}_PRIORITY_<number>, and _BALANCED or _SEQUENTIAL behind it if it is for one of them only.`,
      )
    } else if (value !== undefined) {
      if (only === undefined) forAny[Number(priority)] ??= value
      else if (only === rotation.toUpperCase()) forRotation[Number(priority)] ??= value
    }
  }
  return { ...ask.written.concurrency_multipliers, ...forAny, ...forRotation }
}

/** The variable says in its name that it is for sequential rotation; the field is for either. */
function fallbackOf(ask: ProviderAsk, rotation: Rotation): number | undefined {
  const sequential = firstOf(ask, 'fallbackMultiplier', multiplier)
  return (rotation === 'sequential' ? sequential : undefined) ?? ask.written.fallback_multiplier ?? undefined
}
