#!/usr/bin/env node
/** Starts one simulator from the command line and prints where it listens. */
import { parseArgs } from 'node:util'
import { answer, keyRejected } from './replies.ts'
import { openSimulator } from './simulator.ts'
import type { SimulatorOptions } from './simulator.ts'

const help = `Usage: keywheel-simulator [options]

  --port N        where to listen; any free port by default
  --host ADDRESS  127.0.0.1 by default
  --keys a,b      the only keys that are accepted; every key by default
  --rpm N         what each key may ask in a minute
  --tokens N      the length of each answer, in words
  --first-ms N    milliseconds before an answer begins
  --every-ms N    milliseconds between two pieces of a stream
  --help          this text
`

const text = { type: 'string' } as const

const { values } = parseArgs({
  options: {
    port: text,
    host: text,
    keys: text,
    rpm: text,
    tokens: text,
    'first-ms': text,
    'every-ms': text,
    help: { type: 'boolean' },
  },
})

type Values = typeof values

if (values.help === true) process.stdout.write(help)
else await start(values)

async function start(asked: Values): Promise<void> {
  const simulator = await openSimulator(optionsOf(asked))
  process.stdout.write(`${simulator.url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
}

function optionsOf(asked: Values): SimulatorOptions {
  const script = {
    ...given('requestsPerMinute', asked.rpm),
    reply: answer({ ...given('tokens', asked.tokens), ...given('firstByteMs', asked['first-ms']), ...given('everyMs', asked['every-ms']) }),
  }
  const place = { ...given('port', asked.port), host: asked.host ?? '127.0.0.1', rememberCalls: 0 }
  if (asked.keys === undefined) return { ...place, otherKeys: script }
  const keys = Object.fromEntries(asked.keys.split(',').map((key) => [key, script]))
  return { ...place, keys, otherKeys: { reply: keyRejected() } }
}

/** A field with the number asked for, or no field. */
function given<Name extends string>(name: Name, value: string | undefined): { [Field in Name]?: number } {
  if (value === undefined) return {}
  const number = Number(value)
  if (Number.isNaN(number)) throw new Error(`${value} is not a number`)
  const fields: { [Field in Name]?: number } = {}
  fields[name] = number
  return fields
}
