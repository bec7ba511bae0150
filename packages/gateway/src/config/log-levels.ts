/** Which component logs how much, as people write it: `info,router=debug`. */
import { nearest } from '../domain/nearest.ts'
import type { LogLevel } from './config.ts'
import type { Reading } from './settings.ts'

export const logLevels: readonly ['trace', 'debug', 'info', 'warn', 'error', 'silent'] = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'silent',
]

/** `default` holds for those that are not named. */
export const logComponents: readonly ['default', 'http', 'router', 'providers', 'keys', 'stream', 'usage', 'config', 'models', 'gateway'] =
  ['default', 'http', 'router', 'providers', 'keys', 'stream', 'usage', 'config', 'models', 'gateway']

/** Reads `LOG_LEVEL`: a level alone is the default one, `component=level` is for that component. */
export function readLogLevels(text: string): Reading<Readonly<Record<string, LogLevel>>> {
  const levels: Record<string, LogLevel> = {}
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const [component, name, ...more] = part.includes('=') ? part.split('=') : ['default', part]
    const read = readOne(component?.trim() ?? '', name?.trim() ?? '')
    if (!read.ok) return read
    if (more.length > 0) return { ok: false, expected: 'levels such as info,router=debug' }
    levels[read.value.component] = read.value.level
  }
  return { ok: true, value: levels }
}

function readOne(writtenComponent: string, writtenLevel: string): Reading<{ component: string; level: LogLevel }> {
  const component = logComponents.find((name) => name === writtenComponent.toLowerCase())
  if (component === undefined) return { ok: false, expected: `a component that exists: ${suggest(writtenComponent, logComponents)}` }
  const level = logLevels.find((name) => name === writtenLevel.toLowerCase())
  if (level === undefined) return { ok: false, expected: `a level that exists: ${suggest(writtenLevel, logLevels)}` }
  return { ok: true, value: { component, level } }
}

function suggest(written: string, names: readonly string[]): string {
  const close = nearest(written, names)
  return (close.length > 0 ? close : names).join(', ')
}
