/** `npm run bench`: the gateway with everything on, beside a bare proxy, nginx and a peer, in the same minutes. */
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { contenders } from './contenders/list.ts'
import type { Contender } from './contenders/contender.ts'
import type { Figure } from './figures.ts'
import { circumstances } from './machine.ts'
import { readOptions, usage } from './options.ts'
import type { Options } from './options.ts'
import { runProfiled } from './profiled.ts'
import { save, tableOf } from './report.ts'

async function main(options: Options): Promise<void> {
  const around = circumstances()
  if (options.builds) build()
  if (options.isProfile) return await runProfiled(options.shapes, options.isQuick)
  const { present, missing } = whoIsHere()
  for (const line of missing) console.log(`skipped: ${line}`)
  console.log(`${around.cores} × ${around.model}, Node ${around.node}, commit ${around.commit}, load ${around.loadBefore}\n`)
  const figures = await runAll(options, present)
  console.log(`\n${tableOf(figures)}`)
  if (options.isQuick) console.log('\nA quick run shows that everything works; its figures are not to be quoted.')
  if (options.saves) console.log(`\nwritten: ${save({ circumstances: around, shapes: options.shapes, figures, missing })}`)
}

/** One shape that fails does not take the others with it. */
async function runAll({ shapes, isQuick }: Options, present: readonly Contender[]): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const shape of shapes) {
    const begun = performance.now()
    try {
      figures.push(...(await shape.run({ contenders: present, isQuick })))
    } catch (error) {
      process.exitCode = 1
      console.log(`${shape.id} failed: ${messageOf(error)}`)
    }
    console.log(`${shape.id.padEnd(4)} ${shape.title} (${Math.round((performance.now() - begun) / 1000)} s)`)
  }
  return figures
}

function whoIsHere(): { present: Contender[]; missing: string[] } {
  const present: Contender[] = []
  const missing: string[] = []
  for (const contender of contenders) {
    const why = contender.missing()
    if (why === undefined) present.push(contender)
    else missing.push(`${contender.title}: ${why}`)
  }
  return { present, missing }
}

/** What ships is measured, so it is made first. */
function build(): void {
  execFileSync('npm', ['run', 'build', '--silent'], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
  })
}

function read(argv: readonly string[]): Options | undefined {
  try {
    return readOptions(argv)
  } catch (error) {
    process.exitCode = 64
    console.error(messageOf(error))
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// Leaving through `exit` stops everything that was started.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const options = read(process.argv.slice(2))
if (options === undefined) console.log(usage)
else await main(options)
