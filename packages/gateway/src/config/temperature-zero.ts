/** What becomes of a temperature of exactly 0, which some models take badly. */
import type { Config } from './config.ts'
import { setting } from './settings.ts'
import type { Reading } from './settings.ts'
import type { Sources } from './sources.ts'

type Override = NonNullable<Config['overridesTemperatureZero']> | 'off'

/** Earlier gateways took a plain yes for `set`. */
const words: Readonly<Record<string, Override>> = {
  remove: 'remove',
  set: 'set',
  true: 'set',
  '1': 'set',
  yes: 'set',
  on: 'set',
  false: 'off',
  '0': 'off',
  no: 'off',
  off: 'off',
}

function readOverride(text: string): Reading<Override> {
  const word = text.toLowerCase()
  const value = Object.hasOwn(words, word) ? words[word] : undefined
  return value === undefined ? { ok: false, expected: 'remove, set or false' } : { ok: true, value }
}

export function temperatureZeroOf(sources: Sources): Pick<Config, 'overridesTemperatureZero'> {
  const said = setting(sources, 'OVERRIDE_TEMPERATURE_ZERO', readOverride) ?? sources.file.content.override_temperature_zero ?? 'off'
  return said === 'off' ? {} : { overridesTemperatureZero: said }
}
