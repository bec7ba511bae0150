/** What the benchmark was asked for on the command line. */
import { parseArgs } from 'node:util'
import { shapes } from './shapes/list.ts'
import type { Shape } from './shapes/shape.ts'

export interface Options {
  readonly shapes: readonly Shape[]
  readonly isQuick: boolean
  readonly isProfile: boolean
  readonly saves: boolean
  readonly builds: boolean
}

/** Printed for `--help` and for what cannot be read. */
export const usage: string = `npm run bench -- [--quick] [--only W1,W3] [--cpu-profile] [--save] [--skip-build]

  --quick        a smoke test of a minute; its figures are not to be quoted
  --only         these shapes: ${shapes.map(({ id }) => id).join(', ')}
  --cpu-profile  only the gateway, under Node's profiler; prints its hottest functions (W1 to W5)
  --save         writes the result to bench/results/
  --skip-build   measures packages/*/dist as they are
`

/** undefined where help is wanted. */
export function readOptions(argv: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      'cpu-profile': { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      'skip-build': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  return {
    shapes: named(values.only),
    isQuick: values.quick,
    isProfile: values['cpu-profile'],
    saves: values.save,
    builds: !values['skip-build'],
  }
}

function named(only: string | undefined): readonly Shape[] {
  if (only === undefined) return shapes
  return only.split(',').map((name) => {
    const found = shapes.find(({ id }) => id === name.trim().toUpperCase())
    if (found === undefined) throw new Error(`There is no shape ${name}.`)
    return found
  })
}
