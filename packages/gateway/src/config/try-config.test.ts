/** What the tests of this room share: a directory with files, loaded. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Config, ConfiguredProvider } from './config.ts'
import { ConfigError, loadConfig } from './load-config.ts'
import type { KnownProvider, LoadAsk, Preset, Problem } from './load-config.ts'

export const known: readonly KnownProvider[] = [
  { name: 'openai', keyFrom: ['OPENAI'], keyless: false },
  { name: 'groq', keyFrom: ['GROQ'], keyless: false },
  { name: 'together', keyFrom: ['TOGETHER', 'TOGETHERAI', 'TOGETHER_AI'], keyless: false },
  { name: 'gemini', keyFrom: ['GEMINI', 'GOOGLE'], keyless: false },
  { name: 'nvidia', keyFrom: ['NVIDIA', 'NVIDIA_NIM'], keyless: false },
  { name: 'ollama', keyFrom: ['OLLAMA'], keyless: true },
]

export const presets: readonly Preset[] = [
  {
    name: 'coding-elite',
    description: 'The strongest',
    targets: [
      { provider: 'openai', model: 'big' },
      { provider: 'groq', model: 'quick' },
    ],
  },
  { name: 'chat-fast', description: 'The quickest', targets: [{ provider: 'groq', model: 'quick' }] },
]

export interface Trial extends Partial<Omit<LoadAsk, 'directory'>> {
  /** `keywheel.yaml`, as lines or as one text. */
  readonly yaml?: string
  /** `.env` */
  readonly dotenv?: string
  readonly files?: Readonly<Record<string, string>>
}

export interface Tried {
  readonly config: Config | undefined
  readonly problems: readonly Problem[]
  /** `keywheel.yaml:1:11 server.hostt: Message Remedy` */
  readonly lines: readonly string[]
  readonly directory: string
}

/** Loads a configuration from a directory of its own. */
export function tryConfig({ yaml, dotenv, files = {}, ...ask }: Trial): Tried {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-config-'))
  const all = { ...files, ...(yaml !== undefined && { 'keywheel.yaml': yaml }), ...(dotenv !== undefined && { '.env': dotenv }) }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  try {
    const config = loadConfig({ env: {}, flags: {}, known, presets, ...ask, directory })
    return { config, problems: [], lines: [], directory }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { config: undefined, problems: error.problems, lines: error.problems.map(asLine), directory }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The configuration; fails with what is wrong if it is refused. */
export function accepted(trial: Trial): Config {
  const { config, lines } = tryConfig(trial)
  if (config === undefined) throw new Error(lines.join('\n'))
  return config
}

/** `[name of the provider, [key, source, priority], …]` */
export function keysOf(config: Config, name: string): readonly (readonly [string, string, number])[] {
  return providerOf(config, name).keys.map(({ secret, source, priority }) => [secret.reveal(), source, priority] as const)
}

export function providerOf(config: Config, name: string): ConfiguredProvider {
  const found = config.providers.find((provider) => provider.name === name)
  if (found === undefined) throw new Error(`There is no provider ${name}.`)
  return found
}

function asLine({ file, line, column, path, message, remedy }: Problem): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(':')} ${path}: ${message} ${remedy}`
}
