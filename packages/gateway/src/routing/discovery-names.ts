/**
 * Second names for Claude Code, which shows only models whose names begin with `claude` or `anthropic`: the list offers every other
 * model as `anthropic/` and its name.
 */
import { providerName } from '../domain/names.ts'
import type { Routes } from './routes.ts'

const prefix = 'anthropic/'

/** The name proper. Anthropic's own models have no slash in their names, and their names begin with `claude`. */
export function withoutDiscoveryPrefix({ virtualModels, aliases, providers }: Routes, asked: string): string {
  if (!asked.startsWith(prefix)) return asked
  const name = asked.slice(prefix.length)
  const isRoute = virtualModels.has(name) || aliases.has(name)
  const slash = name.indexOf('/')
  const isProviders = slash > 0 && providers.has(providerName(name.slice(0, slash)))
  return isProviders || (isRoute && !/^claude/i.test(name)) ? name : asked
}
