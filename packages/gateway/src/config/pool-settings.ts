/** How a provider's keys take turns, what each bears, and what is learnt of them: all that the keyring wants to know of a pool. */
import type { PoolSettings, WindowRule } from '@keywheel/keyring'
import { capsOf } from './caps.ts'
import { concurrencyOf } from './concurrency.ts'
import { defaultProvider, defaultWindow } from './defaults.ts'
import { fairCycleOf } from './fair-cycle.ts'
import type { FileProvider } from './file-content.ts'
import { given } from './given.ts'
import { knownNames, modelIdOf } from './model-names.ts'
import type { ConfiguredModels } from './models.ts'
import { firstOf } from './provider-ask.ts'
import type { ProviderAsk } from './provider-ask.ts'
import { quotaGroupsOf } from './quota-groups.ts'
import { decimal, oneOf } from './readings.ts'
import { setting } from './settings.ts'

/** What is not said is left out: the keyring has its own defaults. */
export function poolSettingsOf(ask: ProviderAsk, models: ConfiguredModels): PoolSettings {
  const { written } = ask
  const readRotation = oneOf<PoolSettings['rotation']>(['balanced', 'sequential'])
  const rotation = firstOf(ask, 'rotation', readRotation) ?? written.rotation ?? defaultProvider.rotation
  return {
    rotation,
    tolerance: toleranceOf(ask),
    ...concurrencyOf(ask, rotation),
    ...sharingOf(ask, models),
    ...windowOf(written),
    ...fairCycleOf(ask, rotation),
    ...switchesOf(written),
    ...given({ waitsForWarmMs: written.wait_on_429_ms, waitsForBusyMs: written.wait_for_busy_ms }),
  }
}

/** What is said of this provider, wherever it is said, beats the variable for all. */
function toleranceOf(ask: ProviderAsk): number {
  const general = setting(ask.sources, 'ROTATION_TOLERANCE', decimal(0, 1000))
  return firstOf(ask, 'tolerance', decimal(0, 1000)) ?? ask.written.tolerance ?? general ?? defaultProvider.tolerance
}

/** What models share or need. */
function sharingOf(ask: ProviderAsk, models: ConfiguredModels): Pick<PoolSettings, 'quotaGroups' | 'caps' | 'modelPriorities'> {
  const quotaGroups = quotaGroupsOf(ask, models)
  const caps = capsOf(ask, knownNames(ask, models, quotaGroups))
  const priorities = Object.entries(ask.written.model_priorities ?? {}).map(([name, worst]) => [modelIdOf(name, models), worst] as const)
  return {
    ...(Object.keys(quotaGroups).length > 0 ? { quotaGroups } : {}),
    ...(caps.length > 0 ? { caps } : {}),
    ...(priorities.length > 0 ? { modelPriorities: Object.fromEntries(priorities) } : {}),
  }
}

const everyKinds = { day: 'daily', week: 'weekly', month: 'monthly' } as const

function windowOf({ window: written }: FileProvider): { readonly window?: WindowRule } {
  if (written === null || written === undefined) return {}
  if (written === 'provider') return { window: { is: 'provider' } }
  if (typeof written.rolling_ms === 'number') return { window: { is: 'rolling', lengthMs: written.rolling_ms } }
  const { hour, time_zone: timeZone } = written
  return {
    window: {
      is: everyKinds[written.every ?? 'day'],
      hour: hour ?? defaultWindow.hour,
      timeZone: timeZone ?? defaultWindow.timeZone,
    },
  }
}

function switchesOf(written: FileProvider): Pick<PoolSettings, 'enforcesWindow' | 'learnsLimits' | 'adaptsConcurrency'> {
  const { enforce_window: enforcesWindow, learn_limits: learnsLimits, adapt_concurrency: adaptsConcurrency } = written
  return {
    ...(typeof enforcesWindow === 'boolean' ? { enforcesWindow } : {}),
    ...(typeof learnsLimits === 'boolean' ? { learnsLimits } : {}),
    ...(typeof adaptsConcurrency === 'boolean' ? { adaptsConcurrency } : {}),
  }
}
