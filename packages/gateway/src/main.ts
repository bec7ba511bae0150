/** The command line: reads the configuration, opens the gateway, listens, and drains on a signal. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { banner } from './cli/banner.ts'
import { checkConfig } from './cli/check-config.ts'
import { runDemo } from './cli/demo.ts'
import { help } from './cli/help.ts'
import { ConfigError, describeProblems, loadConfig } from './config/load-config.ts'
import type { Config } from './config/config.ts'
import type { KnownProvider } from './config/load-config.ts'
import { openGateway } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { catalogue } from './providers/catalogue/list.ts'
import { presets } from './providers/presets.ts'
import { version } from './version.ts'

/** sysexits.h: something in the configuration is wrong. */
const badConfiguration = 78
const drainMs = 60_000

const known: readonly KnownProvider[] = catalogue.map(({ name, keyFrom, keyless }) => ({ name, keyFrom, keyless: keyless === true }))

const options = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'env-file': { type: 'string', multiple: true },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

interface Flags {
  readonly config?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly 'env-file'?: string[] | undefined
  readonly quiet?: boolean | undefined
}

async function main(argv: readonly string[]): Promise<number | undefined> {
  const parsed = readArguments(argv)
  if (parsed === undefined) return 64
  const { values, positionals } = parsed
  if (values.version === true) return say(version)
  if (values.help === true) return say(help)
  const [command = 'start'] = positionals
  switch (command) {
    case 'start':
      return await start(values)
    case 'demo':
      return await runDemo({ port: values.port, known, presets, serve })
    case 'check-config':
      return checkConfig(
        argv.filter((word) => word !== 'check-config'),
        { env: process.env, directory: process.cwd(), known, presets, write, writeError },
      )
    default:
      writeError(`A command is not understood.\n\n${help}\n`)
      return 64
  }
}

function readArguments(
  argv: readonly string[],
): { values: Flags & { version?: boolean; help?: boolean }; positionals: string[] } | undefined {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch {
    // Node's own message repeats the argument, which may be a key that was pasted into the wrong place.
    writeError(`An option is not understood.\n\n${help}\n`)
    return undefined
  }
}

async function start(flags: Flags): Promise<number | undefined> {
  const config = configFrom(flags)
  if (config === undefined) return badConfiguration
  const gateway = await serve(config)
  drainOnSignal(gateway)
  return undefined
}

function configFrom(flags: Flags): Config | undefined {
  const { config: configFile, 'env-file': envFiles, host, port, quiet } = flags
  try {
    return loadConfig({
      env: process.env,
      directory: process.cwd(),
      ...(configFile !== undefined && { configFile }),
      ...(envFiles !== undefined && { envFiles }),
      flags: { ...(host !== undefined && { host }), ...(port !== undefined && { port }), ...(quiet !== undefined && { quiet }) },
      known,
      presets,
    })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    writeError(`${describeProblems(error.problems)}\n`)
    return undefined
  }
}

/** Opens, listens, and only then shows the banner: without a banner nothing is running. */
async function serve(config: Config): Promise<Gateway> {
  const gateway = await openGateway({ config, maxInFlight: inFlightLimit(), logTo: 1 })
  const address = await gateway.listen()
  if (!config.quiet) write(banner(config, address))
  return gateway
}

function drainOnSignal(gateway: Gateway): void {
  let stopping = false
  const stop = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    void gateway.close(drainMs).then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** Each streamed call holds two sockets; the rest of the descriptors is for files, health checks and metrics. */
function inFlightLimit(): number {
  const most = 10_000
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? most : Math.max(16, Math.min(most, Math.floor((Number(soft) * 0.7) / 2)))
  } catch {
    return most
  }
}

function write(text: string): void {
  process.stdout.write(text)
}

function writeError(text: string): void {
  process.stderr.write(text)
}

function say(text: string): number {
  write(`${text}\n`)
  return 0
}

try {
  const code = await main(process.argv.slice(2))
  if (code !== undefined) process.exitCode = code
} catch (error) {
  writeError(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
