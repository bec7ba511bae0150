/** `keywheel check-config`: says whether the gateway would start, with what, and what is in the way. */
import type { Cap, PoolSettings } from '@keywheel/keyring'
import { parseArgs } from 'node:util'
import type { Config, ConfiguredKey, ConfiguredProvider } from '../config/config.ts'
import { ConfigError, describeProblems, loadConfig } from '../config/load-config.ts'
import type { KnownProvider, LoadAsk, Preset } from '../config/load-config.ts'

/** What the command needs of the world. */
export interface CheckConfigIo {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
  readonly known: readonly KnownProvider[]
  readonly presets: readonly Preset[]
  /** Gets whole lines. */
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
}

/** EX_CONFIG of sysexits.h. */
const refused = 78

/** `argv` is what follows the command's name. Returns the exit code: 0, or 78 when the configuration is refused. */
export function checkConfig(argv: readonly string[], io: CheckConfigIo): number {
  try {
    io.write(summaryOf(loadConfig({ ...askOf(argv), env: io.env, directory: io.directory, known: io.known, presets: io.presets })))
    return 0
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    io.writeError(`${describeProblems(error.problems)}\n${countOf(error.problems.length, 'problem')}; the gateway would not start.\n`)
    return refused
  }
}

function askOf(argv: readonly string[]): Pick<LoadAsk, 'configFile' | 'envFiles' | 'flags'> {
  const { config, host, port, quiet, 'env-file': envFiles } = readFlags(argv)
  return {
    ...(config === undefined ? {} : { configFile: config }),
    ...(envFiles === undefined ? {} : { envFiles }),
    flags: { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }), ...(quiet === undefined ? {} : { quiet }) },
  }
}

interface WrittenFlags {
  readonly config?: string
  readonly host?: string
  readonly port?: string
  readonly quiet?: boolean
  readonly 'env-file'?: string[]
}

function readFlags(argv: readonly string[]): WrittenFlags {
  try {
    const options = {
      config: { type: 'string' },
      'env-file': { type: 'string', multiple: true },
      host: { type: 'string' },
      port: { type: 'string' },
      quiet: { type: 'boolean' },
    } as const
    return parseArgs({ args: [...argv], options, strict: true }).values
  } catch {
    // Node's own message repeats the argument, which may be a key that was pasted in the wrong place.
    const remedy = 'Flags are --config FILE, --env-file FILE, --host HOST, --port PORT, --quiet.'
    throw new ConfigError([{ file: 'command line', path: 'check-config', message: 'A flag is not understood.', remedy }])
  }
}

function summaryOf(config: Config): string {
  const { server, access, virtualModels, aliases, providers, warnings } = config
  const callers = access.proxyKeys.length === 0 ? 'open access' : `${countOf(access.proxyKeys.length, 'key')} for callers`
  const models = virtualModels.map(({ name, targets, source }) => {
    const chain = targets.map(({ provider, model }) => `${provider}/${model}`).join(', then ')
    return `${name} (${source}): ${chain}`
  })
  const sections = [
    section('Listens on', [`${server.host}:${server.port}, ${callers}`]),
    section('Providers', providers.map(describeProvider)),
    section('Virtual models', models),
    section(
      'Aliases',
      Object.entries(aliases).map(([name, target]) => `${name} → ${target}`),
    ),
    section('Warnings', warnings),
  ]
  return `The configuration is in order.\n${sections.join('')}`
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`

/** Keys by where they come from; nothing of the keys themselves. */
function describeProvider({ name, keys, keyless, pool, baseUrl }: ConfiguredProvider): string {
  const sources = keys.map(describeKey).join(', ')
  const ways = [pool.rotation, ...useOf(pool)].join(', ')
  const held = keys.length > 0 ? `${countOf(keys.length, 'key')} (${sources}), ${ways}` : keyless ? 'asked without a key' : 'no key'
  return baseUrl === undefined ? `${name}: ${held}` : `${name}: ${held}, at ${baseUrl}`
}

const describeKey = ({ source, tier }: ConfiguredKey): string => (tier === undefined ? source : `${source}: ${tier}`)

/** What bounds the use of its keys. */
function useOf({ fairCycle, quotaGroups = {}, caps = [] }: PoolSettings): readonly string[] {
  const groups = Object.keys(quotaGroups)
  return [
    ...(fairCycle === undefined ? [] : ['fair cycle']),
    ...(groups.length === 0 ? [] : [`${countOf(groups.length, 'quota group')} (${groups.join(', ')})`]),
    ...caps.map(describeCap),
  ]
}

function describeCap({ priorities, model, limit: { is, amount } }: Cap): string {
  const limit = is === 'share' ? `${amount * 100}%` : is === 'offset' && amount >= 0 ? `+${amount}` : String(amount)
  return `cap ${limit} on ${model}${priorities === undefined ? '' : ` for priority ${priorities.join(', ')}`}`
}

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
