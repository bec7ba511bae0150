/** Child processes of the benchmark: started, waited for until they listen, and stopped for certain. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export interface StartOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Where standard output goes: a file descriptor, or a pipe that is read here. */
  readonly stdout?: number
  /** It starts processes of its own, which are to be stopped with it. */
  readonly isFamily?: boolean
}

/** A running child. */
export class Started {
  readonly #child: ChildProcess
  readonly #isFamily: boolean
  readonly #gone: Promise<unknown>
  #out = ''
  #errors = ''

  constructor({ command, args, cwd, env, stdout, isFamily = false }: StartOptions) {
    this.#isFamily = isFamily
    this.#child = spawn(command, args, {
      ...(cwd !== undefined && { cwd }),
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
      detached: isFamily,
      stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
    })
    const killAtExit = (): void => this.#signal('SIGKILL')
    process.once('exit', killAtExit)
    this.#gone = new Promise((resolve) => {
      this.#child.once('exit', resolve).once('error', resolve)
    }).finally(() => process.off('exit', killAtExit))
    this.#child.stdout?.on('data', (bytes: Buffer) => (this.#out = (this.#out + bytes.toString()).slice(0, 4096)))
    this.#child.stderr?.on('data', (bytes: Buffer) => (this.#errors = (this.#errors + bytes.toString()).slice(-4096)))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get #isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined
  }

  /** The port that one of our own children prints. */
  async printedPort(): Promise<number> {
    while (!this.#out.includes('\n')) await this.#waitALittle('did not say its port')
    return Number(this.#out.split('\n')[0])
  }

  /** Resolves once somebody takes connections on the port. */
  async listensOn(port: number): Promise<void> {
    while (!(await takesConnections(port))) await this.#waitALittle(`does not listen on ${port}`)
  }

  /** SIGTERM, and SIGKILL to whoever ignores it for 5 s. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), 5000)
    await this.#gone
    clearTimeout(timer)
    while (this.#hasFamily()) await wait(5)
  }

  /** Grandchildren go a moment after npm does. */
  #hasFamily(): boolean {
    try {
      return this.#isFamily && process.kill(-this.pid, 0)
    } catch {
      return false
    }
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#isGone) return
    if (this.#isFamily) process.kill(-this.pid, name)
    else this.#child.kill(name)
  }

  #waited = 0

  async #waitALittle(trouble: string): Promise<void> {
    this.#waited += 2
    const isLate = this.#waited > 20_000
    if (isLate) await this.stop()
    if (isLate || this.#isGone) throw new Error(`${this.#child.spawnfile} ${trouble}. ${this.#errors}`)
    await wait(2)
  }
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** One of the benchmark's own files as a process, once it listens. */
export async function startOwn(file: string, args: readonly string[]): Promise<{ readonly process: Started; readonly port: number }> {
  const started = new Started({ command: process.execPath, args: ['--conditions=keywheel-source', file, ...args] })
  return { process: started, port: await started.printedPort() }
}
