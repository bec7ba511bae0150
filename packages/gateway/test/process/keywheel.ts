/** Starts the real program as its own process, in a directory and with an environment of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'

export interface Asked {
  readonly args?: readonly string[]
  /** All the variables it gets, beside PATH. */
  readonly env?: Readonly<Record<string, string>>
  /** Files to put into the directory before it starts. */
  readonly files?: Readonly<Record<string, string>>
  /** An existing directory, to start there once more. */
  readonly directory?: string
  /** The most descriptors it may have open. */
  readonly descriptors?: number
  /** A descriptor to print to, in place of what `out` collects. */
  readonly stdout?: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Program {
  readonly directory: string
  readonly process: ChildProcess
  readonly pid: number
  /** All it has printed so far. */
  readonly out: () => string
  readonly err: () => string
  readonly exited: Promise<Exit>
  isOver(): boolean
  kill(signal: NodeJS.Signals): void
}

export interface Running extends Program {
  /** `http://127.0.0.1:PORT`, from the banner. */
  readonly origin: string
  readonly port: number
  /** From the start of the process to the banner. */
  readonly startedInMs: number
}

const gatewayRoot = new URL('../../', import.meta.url)
const command: readonly string[] = [
  '--conditions=keywheel-source',
  '--import',
  fileURLToPath(new URL('bin/require-node.js', gatewayRoot)),
  fileURLToPath(new URL('src/main.ts', gatewayRoot)),
]

/** Spares each start the stripping of types, which would be most of the time of these tests. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/keywheel-tests/', gatewayRoot))

/** A directory that is gone when the test has ended. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-process-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function startKeywheel(t: TestContext, asked: Asked = {}): Program {
  const directory = asked.directory ?? temporaryDirectory(t)
  for (const [name, text] of Object.entries(asked.files ?? {})) writeFileSync(join(directory, name), text)
  const env = { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compiled, ...asked.env }
  const [file, ...args] = wordsFor(asked)
  const child = spawn(file, args, { cwd: directory, env, stdio: ['ignore', asked.stdout ?? 'pipe', 'pipe'] })
  let [out, err, over] = ['', '', false]
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  void exited.then(() => (over = true))
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    directory,
    process: child,
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    exited,
    isOver: () => over,
    kill: (signal) => void child.kill(signal),
  }
}

function wordsFor({ args = [], descriptors }: Asked): readonly [string, ...string[]] {
  const words: readonly [string, ...string[]] = [process.execPath, ...command, ...args]
  // Both limits: Node raises the soft one as far as the hard one lets it.
  return descriptors === undefined ? words : ['sh', '-c', `ulimit -n ${descriptors} && exec "$0" "$@"`, ...words]
}

/** Starts and waits for the banner; PORT is 0 unless `asked` says otherwise. */
export async function runKeywheel(t: TestContext, asked: Asked = {}): Promise<Running> {
  const startedAt = performance.now()
  const program = startKeywheel(t, { ...asked, env: { PORT: '0', ...asked.env } })
  const origin = await until(`the banner; so far ${program.out()} ${program.err()}`, () => {
    if (program.isOver()) throw new Error(`it ended: ${program.out()} ${program.err()}`)
    return /listening on +(http:\/\/\S+)\/v1\n/.exec(program.out())?.[1]
  })
  return { ...program, origin, port: Number(new URL(origin).port), startedInMs: performance.now() - startedAt }
}

/** Runs to its end. */
export async function endedKeywheel(t: TestContext, asked: Asked = {}): Promise<Exit & { readonly out: string; readonly err: string }> {
  const program = startKeywheel(t, asked)
  const exit = await program.exited
  return { ...exit, out: program.out(), err: program.err() }
}
