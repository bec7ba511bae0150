/** W11: how long a start takes, how much is installed, and what it takes while nobody calls. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { callerHeaders, command, writeConfiguration } from '../contenders/gateway.ts'
import { targetOf } from '../figures.ts'
import type { Figure, Limit } from '../figures.ts'
import { Connection, requestBytes } from '../load/connection.ts'
import { question } from '../load/wire.ts'
import { memoryKb } from '../process-cost.ts'
import { Started, freePort, startOwn } from '../started.ts'
import { median } from '../statistics.ts'
import type { Shape } from './shape.ts'

const root = join(import.meta.dirname, '../..')
const request = requestBytes(callerHeaders, question(400, false))

export const w11: Shape = {
  id: 'W11',
  title: 'from the command to the first answer; memory while idle; size of what is installed',
  async run({ isQuick }) {
    const mock = await startOwn(join(import.meta.dirname, '../mock.ts'), ['1', '0'])
    try {
      const starts = isQuick ? 1 : 5
      const compiled = await repeat(starts, () => measureStart(mock.port, [process.execPath, command], isQuick))
      const viaNpm = await repeat(starts, () => measureStart(mock.port, ['npm', 'start', '--silent', '--'], true))
      return [
        figure('listening, compiled', 'ms', median(compiled.map(({ listeningMs }) => listeningMs)), { most: 300 }),
        figure('first call answered, compiled', 'ms', median(compiled.map(({ answeredMs }) => answeredMs))),
        figure('first call answered, npm start', 'ms', median(viaNpm.map(({ answeredMs }) => answeredMs)), { most: 1000 }),
        figure('memory, idle', 'MB', median(compiled.map(({ idleMb }) => idleMb)), { most: 80 }),
        figure('installed, without Node', 'MB', installedMb()),
      ]
    } finally {
      await mock.process.stop()
    }
  },
}

interface Start {
  readonly listeningMs: number
  readonly answeredMs: number
  /** Of the process that was started; after a while without calls. */
  readonly idleMb: number
}

async function measureStart(mockPort: number, [program = '', ...before]: readonly string[], isHasty: boolean): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), 'keywheel-bench-'))
  const port = await freePort()
  const args = [...before, '--config', writeConfiguration({ mockPort, folder }), '--port', String(port)]
  const begun = performance.now()
  const started = new Started({ command: program, args, cwd: root, isFamily: true })
  try {
    await started.listensOn(port)
    const listeningMs = performance.now() - begun
    const connection = new Connection({ port, request })
    const ok = await new Promise<boolean>((resolve) => connection.ask(resolve))
    const answeredMs = performance.now() - begun
    connection.close()
    if (!ok) throw new Error('The first call failed.')
    if (!isHasty) await wait(2000)
    return { listeningMs, answeredMs, idleMb: (memoryKb(started.pid)?.now ?? Number.NaN) / 1024 }
  } finally {
    await started.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function repeat<T>(times: number, once: () => Promise<T>): Promise<T[]> {
  const all: T[] = []
  for (let time = 0; time < times; time++) all.push(await once())
  return all
}

function figure(what: string, unit: string, value: number, limit?: Limit): Figure {
  return { shape: 'W11', what, unit, values: { gateway: value }, targets: limit === undefined ? [] : [targetOf(value, limit)] }
}

/** What `npm install keywheel` would bring: its own published files and its dependencies, development ones and Node left out. */
function installedMb(): number {
  const args = ['ls', '--omit=dev', '--all', '--parseable', '-w', 'keywheel']
  const [, ...folders] = execFileSync('npm', args, { cwd: root, encoding: 'utf8' }).trim().split('\n')
  return folders.reduce((sum, folder) => sum + sizeOf(folder, isOurs(folder) ? unpublished : []), 0) / 1024 / 1024
}

/** What lies in our own packages here and is not in what `npm pack` makes of them. */
const unpublished: readonly string[] = ['src', 'test', 'node_modules']

function isOurs(folder: string): boolean {
  return /[/\\](?:keywheel|@keywheel[/\\][^/\\]+)$/.test(folder)
}

function sizeOf(folder: string, without: readonly string[]): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (without.includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += sizeOf(path, [])
    else if (entry.isFile()) bytes += statSync(path).size
  }
  return bytes
}
