/** Whether each key is used up before any is used again, and what counts as used up. */
import type { FairCycle, PoolSettings } from '@keywheel/keyring'
import { defaultFairCycle } from './defaults.ts'
import { duration } from './duration.ts'
import { given } from './given.ts'
import { firstOf } from './provider-ask.ts'
import type { ProviderAsk } from './provider-ask.ts'
import { decimal, onOrOff, oneOf } from './readings.ts'
import { setting } from './settings.ts'

const trackingModes: Readonly<Record<'model_group' | 'credential', FairCycle['tracks']>> = { model_group: 'model', credential: 'key' }

/** On in sequential rotation, and where the file has an entry for it; `FAIR_CYCLE_<PROVIDER>` has the last word. */
export function fairCycleOf(ask: ProviderAsk, rotation: PoolSettings['rotation']): Pick<PoolSettings, 'fairCycle'> {
  const written = ask.written.fair_cycle ?? undefined
  // Read whether or not it is on, so that a wrong value does not wait for the day it is.
  const fairCycle: FairCycle = { ...defaultFairCycle, ...boundsInFile(ask), ...boundsInEnvironment(ask), ...kindOf(ask) }
  const isOnInFile = written === undefined ? undefined : (written.enabled ?? true)
  const isOn = firstOf(ask, 'fairCycle', onOrOff) ?? isOnInFile ?? rotation === 'sequential'
  return isOn ? { fairCycle } : {}
}

function kindOf(ask: ProviderAsk): Pick<FairCycle, 'tracks' | 'crossesTiers'> {
  const written = ask.written.fair_cycle
  const mode = firstOf(ask, 'fairCycleTracking', oneOf<'model_group' | 'credential'>(['model_group', 'credential']))
  const tracks = mode === undefined ? written?.tracks : trackingModes[mode]
  return {
    tracks: tracks ?? defaultFairCycle.tracks,
    crossesTiers: firstOf(ask, 'fairCycleCrossTier', onOrOff) ?? written?.cross_tiers ?? defaultFairCycle.crossesTiers,
  }
}

/** The variable for all providers gives way to what the file says of this one. */
function boundsInFile({ sources, written: { fair_cycle: written } }: ProviderAsk): Partial<FairCycle> {
  return given({
    durationMs: written?.duration_ms,
    exhaustedFromMs: written?.exhausted_from_ms ?? setting(sources, 'EXHAUSTION_COOLDOWN_THRESHOLD', duration(0)),
    quotaShare: written?.quota_share,
    waitsForMs: written?.wait_for_ms,
  })
}

function boundsInEnvironment(ask: ProviderAsk): Partial<FairCycle> {
  return given({
    durationMs: firstOf(ask, 'fairCycleDuration', duration(1000)),
    exhaustedFromMs: firstOf(ask, 'exhaustion', duration(0)),
    quotaShare: firstOf(ask, 'fairCycleQuota', decimal(0.01, 1)),
    waitsForMs: firstOf(ask, 'fairCycleReset', duration(0)),
  })
}
