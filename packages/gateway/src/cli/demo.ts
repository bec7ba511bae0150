/** `keywheel demo`: the gateway in front of simulated providers, with the troubles of real ones, and nothing to set up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answer, keyForbidden, keyRejected, openSimulator, overloaded, rateLimited } from '@keywheel/simulator'
import type { Simulator } from '@keywheel/simulator'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import type { KnownProvider, Preset } from '../config/load-config.ts'
import type { ComponentLog } from '../observability/log.ts'
import { baseUrl } from './banner.ts'
import type { Address } from './banner.ts'

/** A gateway that listens. */
export interface Serving {
  readonly address: Address
  /** Tells the person where it is. */
  readonly show: () => void
  /** Lets calls under way finish, then lets go of everything. */
  readonly stop: () => Promise<void>
  /** Ends what `stop` still waits for. */
  readonly hurry: () => void
  readonly log: ComponentLog
}

export interface DemoTools {
  readonly port: string | undefined
  readonly known: readonly KnownProvider[]
  readonly presets: readonly Preset[]
  readonly serve: (config: Config) => Promise<Serving>
}

const models = ['small-talker', 'big-coder']
const paced = { firstByteMs: { median: 120, p99: 600 }, everyMs: { min: 15, max: 60 } } as const

/** Starts everything; nothing is left on the disk, however the process ends. */
export async function openDemo(tools: DemoTools): Promise<Serving> {
  const simulators = await Promise.all([openAurora(), openBorealis(), openCumulus()])
  const closeSimulators = async (): Promise<void> => void (await Promise.all(simulators.map((simulator) => simulator.close())))
  try {
    const { show, stop, ...rest } = await tools.serve(demoConfig(tools, simulators))
    return {
      ...rest,
      show: () => {
        show()
        process.stdout.write(tryThis(`${baseUrl(rest.address)}/v1`))
      },
      stop: async () => {
        await stop()
        await closeSimulators()
      },
    }
  } catch (error) {
    await closeSimulators()
    throw error
  }
}

function demoConfig({ port, known, presets }: DemoTools, simulators: readonly Simulator[]): Config {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-demo-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const configFile = join(directory, 'keywheel.yaml')
  writeFileSync(configFile, configText(simulators))
  return loadConfig({ env: {}, directory, configFile, flags: { ...(port !== undefined && { port }) }, known, presets })
}

/** One good key, one that the provider does not know, one that is limited to a few calls a minute. */
async function openAurora(): Promise<Simulator> {
  const simulator = await openSimulator({ models, otherKeys: { requestsPerMinute: 3 } })
  const text = 'Aurora says: you asked "{prompt}". This is call {call}, answered with key {key}.'
  simulator.script('aurora-good-key-0001', answer({ text, ...paced }))
  simulator.script('aurora-dead-key-0002', keyRejected())
  simulator.script('aurora-slow-key-0003', rateLimited({ afterSeconds: 20 }), answer({ text, ...paced }))
  return simulator
}

/** Overloaded now and then, and one key that may not use the model. */
async function openBorealis(): Promise<Simulator> {
  const simulator = await openSimulator({ models })
  simulator.script('borealis-key-0001', overloaded(), answer({ text: 'Borealis says: back again, call {call}.', ...paced }))
  simulator.script('borealis-barred-key-0002', keyForbidden())
  return simulator
}

/** Slow, but always there. */
async function openCumulus(): Promise<Simulator> {
  const simulator = await openSimulator({ models })
  simulator.script('*', answer({ text: 'Cumulus says: slow and steady, call {call}.', firstByteMs: 800, everyMs: 80 }))
  return simulator
}

function configText([aurora, borealis, cumulus]: readonly Simulator[]): string {
  return `server: { host: 127.0.0.1, cors_origins: ["https://lite.koboldai.net", "null"] }
providers:
  aurora: { base_url: "${aurora?.url}", keys: [aurora-dead-key-0002, aurora-slow-key-0003, aurora-good-key-0001], tolerance: 0 }
  borealis: { base_url: "${borealis?.url}", keys: [borealis-barred-key-0002, borealis-key-0001] }
  cumulus: { base_url: "${cumulus?.url}", keys: [cumulus-key-0001] }
virtual_models:
  coding-elite:
    description: Borealis first, then aurora, then cumulus
    fallback_chain:
      - { provider: borealis, model: big-coder, priority: 1 }
      - { provider: aurora, model: big-coder, priority: 2 }
      - { provider: cumulus, model: big-coder, priority: 3 }
aliases: { gpt-4o: coding-elite }
`
}

function tryThis(url: string): string {
  return `
Three providers are simulated; some of their keys are dead, barred or rate limited. Try:

  curl ${url}/chat/completions -H 'content-type: application/json' -d '{"model":"coding-elite","messages":[{"role":"user","content":"hello"}]}' -i
  curl ${url}/chat/completions -H 'content-type: application/json' -d '{"model":"aurora/small-talker","stream":true,"messages":[{"role":"user","content":"stream this"}]}' -N
  curl ${url}/quota-stats

`
}
