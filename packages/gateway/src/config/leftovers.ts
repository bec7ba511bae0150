/** Variables that would otherwise be passed over in silence: those of earlier gateways, and those that name nobody. */
import { nearest } from '../domain/nearest.ts'
import type { Environment } from './environment.ts'
import { reservedPrefixes } from './keys.ts'
import { ownerOf } from './provider-ask.ts'
import { providerVariables } from './provider-variables.ts'
import { settings } from './settings.ts'
import type { Sources } from './sources.ts'
import { isWithoutEffect } from './without-effect.ts'

/** One warning for each variable that has no effect although someone seems to expect one. */
export function warnOfLeftovers({ environment, findings }: Sources, prefixes: ReadonlySet<string>): void {
  for (const { name, file } of environment.values()) {
    if (isWithoutEffect(name)) continue
    const warning =
      namesNobody(name, prefixes) ?? oddKeyName(name, prefixes) ?? ofNoKey(name, environment) ?? misspelt(name, file, prefixes)
    if (warning !== undefined) findings.warnings.push(warning)
  }
}

function namesNobody(name: string, prefixes: ReadonlySet<string>): string | undefined {
  const found = prefixesIn(name)
  if (found.length === 0 || found.some((prefix) => prefixes.has(prefix)) || Object.hasOwn(settings, name)) return undefined
  const goesOn = Object.values(providerVariables).some(
    ({ head }) => head !== undefined && name.startsWith(head) && ownerOf(name.slice(head.length), prefixes) !== undefined,
  )
  if (goesOn) return undefined
  // `FAIR_CYCLE_DURATION_GORQ` fits `FAIR_CYCLE_<PROVIDER>` as well; the form that says more leaves less.
  const [prefix = ''] = found.toSorted((a, b) => a.length - b.length)
  const close = nearest(prefix, prefixes, 1)
  const hint = close.length > 0 ? ` Did you mean ${name.replace(prefix, close.join(''))}?` : ''
  return `${name} has no effect: no provider has the prefix ${prefix}.${hint}`
}

/** What stands where a prefix belongs, in every form that the name fits. */
function prefixesIn(name: string): readonly string[] {
  return Object.values(providerVariables).flatMap(({ recognised }) => recognised?.exec(name)?.[1] ?? [])
}

/** `GROQ_API_KEY_2_TIER` says something of a key that is not there. */
function ofNoKey(name: string, environment: Environment): string | undefined {
  const [, key, what] = /^([A-Z0-9_]+_API_KEY(?:_\d+)?)_(TIER|PRIORITY)$/.exec(name) ?? []
  if (key === undefined || what === undefined || environment.has(key)) return undefined
  return `${name} has no effect: there is no ${key}.`
}

/** `GROQ_API_KEY_WORK` looks like a key, but keys are told apart by numbers. */
function oddKeyName(name: string, prefixes: ReadonlySet<string>): string | undefined {
  const [, prefix, rest] = /^([A-Z0-9_]+?)_API_KEY_(.+)$/.exec(name) ?? []
  if (prefix === undefined || rest === undefined || !prefixes.has(prefix) || /^(?:\d+|(?:\d+_)?(?:PRIORITY|TIER))$/.test(rest))
    return undefined
  return `${name} has no effect: further keys are numbered, such as ${prefix}_API_KEY_2.`
}

/** Only in files, which are written for this gateway; the process's environment is full of others' names. */
function misspelt(name: string, file: string, prefixes: ReadonlySet<string>): string | undefined {
  if (file === 'environment' || Object.hasOwn(settings, name) || isOfProvider(name, prefixes) || name.length < 6) return undefined
  const close = nearest(name, Object.keys(settings), 1).find((known) => Math.abs(known.length - name.length) <= 1)
  return close === undefined ? undefined : `${name} in ${file} is not a setting. Did you mean ${close}?`
}

/** `GROQ_API_KEY` is no slip of the pen for `PROXY_API_KEY`. */
function isOfProvider(name: string, prefixes: ReadonlySet<string>): boolean {
  const [, prefix = ''] = /^([A-Z0-9_]+?)_(?:API_KEY(?:_\d+)?|API_BASE|DIALECT|MODELS)$/.exec(name) ?? []
  return prefixes.has(prefix) || reservedPrefixes.has(prefix)
}
