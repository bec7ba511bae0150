/** The command line: reads the configuration, opens the gateway, listens, and drains on a signal. */
import { systemClock } from '@keywheel/keyring'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { banner } from './cli/banner.ts'
import type { Address } from './cli/banner.ts'
import { checkConfig } from './cli/check-config.ts'
import type { Serving } from './cli/demo.ts'
import { surviveExceptions } from './cli/exceptions.ts'
import { help } from './cli/help.ts'
import { patientClock } from './cli/patient-clock.ts'
import { keys } from './cli/keys.ts'
import { describeListenFailure } from './cli/listen-failure.ts'
import { ConfigError, describeProblems, loadConfig } from './config/load-config.ts'
import type { Config } from './config/config.ts'
import { openGateway } from './gateway.ts'
import type { Gateway } from './gateway.ts'
import { stoppingOf } from './http/stopping.ts'
import { knownProviders as known } from './providers/known-providers.ts'
import { presets } from './providers/presets.ts'
import { homepage, version } from './version.ts'

/** sysexits.h: the command line is wrong; something in the configuration is wrong. */
const wrongUse = 64
const badConfiguration = 78
/** And: something in here is broken. */
const suspectState = 70
/** After a second signal the order of the end must not cost more. */
const hurriedMs = 5000

const options = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'env-file': { type: 'string', multiple: true },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

/** What commands that only talk need of the world. */
const io = { env: process.env, directory: process.cwd(), known, presets, write, writeError }

interface Flags {
  readonly config?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly 'env-file'?: string[] | undefined
  readonly quiet?: boolean | undefined
}

async function main(argv: readonly string[]): Promise<number | undefined> {
  // It has words and options of its own.
  if (argv[0] === 'keys') return keys(argv.slice(1), io)
  const parsed = readArguments(argv)
  if (parsed === undefined) return wrongUse
  const { values, positionals } = parsed
  if (values.version === true) return say(`Keywheel ${version}  ${homepage}`)
  if (values.help === true) return say(help)
  const [command = 'start', ...more] = positionals
  if (more.length > 0) return notACommand()
  switch (command) {
    case 'start':
      return runUntilSignal(await serve(configFrom(values)))
    case 'demo':
      return runUntilSignal(await demo(values.port))
    case 'check-config':
      return checkConfig(
        argv.filter((word) => word !== 'check-config'),
        io,
      )
    default:
      return notACommand()
  }
}

/** The word is not repeated: it may be a key that was pasted into the wrong place. */
function notACommand(): number {
  writeError(`A command is not understood.\n\n${help}\n`)
  return wrongUse
}

function readArguments(
  argv: readonly string[],
): { values: Flags & { version?: boolean; help?: boolean }; positionals: string[] } | undefined {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch {
    // Node's own message repeats the argument, which may be a key as well.
    writeError(`An option is not understood.\n\n${help}\n`)
    return undefined
  }
}

function configFrom({ config: configFile, 'env-file': envFiles, host, port, quiet }: Flags): Config {
  return loadConfig({
    env: process.env,
    directory: process.cwd(),
    ...(configFile !== undefined && { configFile }),
    ...(envFiles !== undefined && { envFiles }),
    flags: { ...(host !== undefined && { host }), ...(port !== undefined && { port }), ...(quiet !== undefined && { quiet }) },
    known,
    presets,
  })
}

/** Loaded only when it is wanted: the simulator has no part in serving. */
async function demo(port: string | undefined): Promise<Serving> {
  const { openDemo } = await import('./cli/demo.ts')
  return openDemo({ port, known, presets, serve })
}

async function serve(config: Config): Promise<Serving> {
  const gateway = await openGateway({ config, maxInFlight: inFlightLimit(), logTo: 1, clock: patientClock(systemClock) })
  const address = await listening(gateway, config)
  return {
    address,
    show: () => {
      if (!config.quiet) write(banner(config, address))
    },
    stop: () => gateway.close(config.server.drainMs),
    hurry: () => stoppingOf(gateway.server).hurry(),
    log: gateway.log.component('gateway'),
  }
}

async function listening(gateway: Gateway, { server }: Config): Promise<Address> {
  try {
    return await gateway.listen()
  } catch (error) {
    await gateway.close()
    throw describeListenFailure(error, server)
  }
}

/**
 * The banner comes last: without it nothing runs, and whoever has seen it may send signals. The first one lets calls under way finish.
 * The second ends them, but in order: they are told, their rows are written and the stores are closed. The third waits for nothing.
 */
function runUntilSignal({ show, stop, hurry, log }: Serving): undefined {
  let signals = 0
  let exitCode = 0
  const end = (): void => void stop().then(() => process.exit(exitCode), lost)
  const onSignal = (): void => {
    signals += 1
    if (signals === 1) return end()
    exitCode = 1
    if (signals > 2) process.exit(exitCode)
    setTimeout(() => process.exit(exitCode), hurriedMs).unref()
    hurry()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  surviveExceptions(log, () => {
    exitCode = suspectState
    if (signals++ === 0) end()
  })
  show()
}

/** What could not be closed is closed by the end of the process. */
function lost(error: unknown): never {
  writeError(`${messageOf(error)}\n`)
  process.exit(1)
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

function failed(error: unknown): number {
  const isRefused = error instanceof ConfigError
  writeError(`${isRefused ? describeProblems(error.problems) : messageOf(error)}\n`)
  return isRefused ? badConfiguration : 1
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const code = await main(process.argv.slice(2)).catch(failed)
if (code !== undefined) process.exitCode = code
