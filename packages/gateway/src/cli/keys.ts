/** `keywheel keys …`: shows how the keys of the running gateway stand, and tests, clears, disables and enables them. */
import { parseArgs } from 'node:util'
import type { Config } from '../config/config.ts'
import { ConfigError, describeProblems, loadConfig } from '../config/load-config.ts'
import type { KnownProvider, Preset } from '../config/load-config.ts'
import { baseUrl } from './banner.ts'
import { describeResult, keyTable } from './key-table.ts'
import { askGateway, GatewayTrouble } from './running-gateway.ts'
import type { RunningGateway } from './running-gateway.ts'
import { keysIn, resultIn } from './stats-reader.ts'
import type { ListedKey } from './stats-reader.ts'

/** What the command needs of the world. */
export interface KeysIo {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
  readonly known: readonly KnownProvider[]
  readonly presets: readonly Preset[]
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
}

/** Fine; it did not work; a tested key was refused; and of sysexits.h: wrong use, wrong configuration. */
const codes = { done: 0, failed: 1, refused: 3, wrongUse: 64, badConfiguration: 78 } as const

const actions = ['list', 'test', 'clear', 'disable', 'enable'] as const
type Action = (typeof actions)[number]

interface Wanted {
  readonly is: 'wanted'
  readonly action: Action
  readonly flags: Flags
}

const options = {
  provider: { type: 'string' },
  key: { type: 'string' },
  model: { type: 'string' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  config: { type: 'string' },
  'env-file': { type: 'string', multiple: true },
  host: { type: 'string' },
  port: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

type Flags = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

/** `argv` is what follows the command's name. Returns the exit code. */
export async function keys(argv: readonly string[], io: KeysIo): Promise<number> {
  const wanted = readWanted(argv)
  if (wanted.is === 'help') {
    io.write(`${keysHelp}\n`)
    return codes.done
  }
  if (wanted.is === 'misused') {
    io.writeError(`${wanted.why}\n\n${keysHelp}\n`)
    return codes.wrongUse
  }
  try {
    return await run(wanted, gatewayOf(wanted.flags, io), io)
  } catch (error) {
    if (error instanceof ConfigError) {
      io.writeError(`${describeProblems(error.problems)}\n`)
      return codes.badConfiguration
    }
    if (!(error instanceof GatewayTrouble)) throw error
    io.writeError(`${error.message}\n`)
    return codes.failed
  }
}

const keysHelp: string = `Usage: keywheel keys list|test|clear|disable|enable [options]

  list      how every key stands: why it rests, until when, and who says so
  test      ask the provider whether it accepts the keys (a list of models, which costs nothing)
  clear     end rests and forget learnt limits
  disable   take keys out of use until they are enabled again; needs --provider or --key
  enable    put them back

  --provider NAME  only keys of this provider
  --key ID         only this key: its id, or the masked form that list shows; never the key itself
  --model NAME     clear only: for this model alone
  --json           for programs
  --url URL        where the gateway is, if HOST and PORT do not say it
  --config, --env-file, --host, --port  as for start

The gateway has to be running. Its key is taken from PROXY_API_KEY, in the environment or .env.
Codes: 0 done, 1 it did not work, 3 a tested key was refused, 64 wrong use, 78 wrong configuration.`

/** Nothing of what was written is repeated: it may be a key. */
function readWanted(argv: readonly string[]): Wanted | Misused | { readonly is: 'help' } {
  const read = parsed(argv)
  if (read === undefined) return misused('An option is not understood.')
  const { flags, words } = read
  if (flags.help === true) return { is: 'help' }
  const [word, ...more] = words
  const action = actions.find((each) => each === word)
  if (action === undefined || more.length > 0) return misused(`Say one of ${actions.join(', ')}.`)
  if (action === 'disable' && flags.provider === undefined && flags.key === undefined)
    return misused('Say which keys: --provider or --key.')
  if (action !== 'clear' && flags.model !== undefined) return misused('--model goes with clear only.')
  return { is: 'wanted', action, flags }
}

interface Misused {
  readonly is: 'misused'
  readonly why: string
}

function misused(why: string): Misused {
  return { is: 'misused', why }
}

function parsed(argv: readonly string[]): { readonly flags: Flags; readonly words: readonly string[] } | undefined {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    return { flags: values, words: positionals }
  } catch {
    return undefined
  }
}

function gatewayOf(flags: Flags, { env, directory, known, presets }: KeysIo): RunningGateway {
  const { config: configFile, 'env-file': envFiles, host, port, url } = flags
  const config = loadConfig({
    env,
    directory,
    ...(configFile !== undefined && { configFile }),
    ...(envFiles !== undefined && { envFiles }),
    flags: { ...(host !== undefined && { host }), ...(port !== undefined && { port }) },
    known,
    presets,
  })
  return { url: url ?? addressOf(config), key: config.access.proxyKeys[0] }
}

/** A gateway that listens on every address is here as well. */
const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function addressOf({ server: { host, port } }: Config): string {
  if (port === 0)
    throw new GatewayTrouble('PORT is 0, so the gateway chose a port when it started. Name it with --url; its banner shows it.')
  return baseUrl({ host: everywhere[host] ?? host, port })
}

async function run({ action, flags }: Wanted, gateway: RunningGateway, io: KeysIo): Promise<number> {
  const chosen = choose(keysIn(await askGateway(gateway)), flags)
  if (action === 'list') {
    io.write(flags.json === true ? jsonOf(chosen.map(({ provider, stats }) => ({ provider, ...stats }))) : keyTable(chosen))
    return codes.done
  }
  const result = resultIn(await askGateway(gateway, askOf(action, flags, chosen)))
  io.write(flags.json === true ? jsonOf(result.all) : describeResult(result))
  if (result.success) return codes.done
  return action === 'test' ? codes.refused : codes.failed
}

/** Those that the flags name; nothing but an error where they name none. */
function choose(all: readonly ListedKey[], { provider, key }: Flags): readonly ListedKey[] {
  const ofProvider = all.filter((each) => provider === undefined || each.provider === provider)
  if (provider !== undefined && ofProvider.length === 0) {
    const names = [...new Set(all.map((each) => each.provider))].join(', ')
    throw new GatewayTrouble(`The gateway has no keys of such a provider. It has keys of ${names === '' ? 'none' : names}.`)
  }
  if (key === undefined) return ofProvider
  const byId = ofProvider.filter(({ id }) => id === key)
  const found = byId.length > 0 ? byId : ofProvider.filter(({ label }) => label === key)
  if (found.length === 1) return found
  throw new GatewayTrouble(
    found.length === 0
      ? 'The gateway has no such key. `keywheel keys list` shows the ids.'
      : 'Several keys are called that. Use the id, and --provider if that is the same as well.',
  )
}

function askOf(action: Action, { provider, key, model }: Flags, [first]: readonly ListedKey[]): Record<string, string> {
  const about = { action, ...(model !== undefined && { model }) }
  if (key !== undefined && first !== undefined) return { ...about, scope: 'credential', provider: first.provider, credential: first.id }
  return provider === undefined ? { ...about, scope: 'all' } : { ...about, scope: 'provider', provider }
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
