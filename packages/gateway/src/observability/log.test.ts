import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '../domain/secret.ts'
import { createLog } from './log.ts'
import type { LogLevel } from './log.ts'

function openLog(levels: Record<string, LogLevel> = {}) {
  const lines: Record<string, unknown>[] = []
  const log = createLog({ levels, destination: { write: (line) => lines.push(JSON.parse(line)) } })
  return { log, lines }
}

test('only the component that is set to debug writes debug lines', () => {
  const { log, lines } = openLog({ default: 'warn', router: 'debug', http: 'silent' })
  for (const name of ['router', 'http', 'keys']) {
    log.component(name).write('debug', { event: 'seen' }, 'fine')
    log.component(name).write('warn', { event: 'seen' }, 'not fine')
  }
  assert.deepEqual(
    lines.map((line) => `${String(line['component'])} ${String(line['level'])}`),
    ['router debug', 'router warn', 'keys warn'],
  )
})

test('a line has a time, a level, a component and its message', () => {
  const { log, lines } = openLog()
  log.component('http').write('info', { id: 'req_1', status: 200, totalMs: 1.23456 }, 'chat answered')
  const { time, ...rest } = lines[0] ?? {}
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(rest, { level: 'info', component: 'http', id: 'req_1', status: 200, totalMs: 1.235, msg: 'chat answered' })
})

test('a field that is not on the list is not written, nor is an object where a text belongs', () => {
  const { log, lines } = openLog()
  const fields: object = { id: { password: 'hunter22' }, apiKey: 'hunter22', provider: new Secret('hunter22'), status: 200 }
  log.component('http').write('info', fields, 'x')
  const { time: _time, ...rest } = lines[0] ?? {}
  assert.deepEqual(rest, { level: 'info', component: 'http', provider: '[secret]', status: 200, msg: 'x' })
})

test('an error is written with its cause and without secrets', () => {
  const { log, lines } = openLog()
  const error = new Error('refused Bearer abcdefgh', { cause: new Error('key sk-0123456789abcdef') })
  log.component('http').write('error', { error }, 'failed with key=abcdefgh')
  const text = JSON.stringify(lines)
  assert.doesNotMatch(text, /abcdefgh|0123456789/)
  assert.match(text, /refused Bearer \[secret\].*key \[secret\]/)
})

test('closing writes what is buffered; later lines are counted as dropped', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-log-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'log')
  const log = createLog({ levels: {}, destination: path })
  for (let index = 0; index < 100; index += 1) log.component('http').write('info', { id: `req_${index}` }, 'x')
  await log.close()
  log.component('http').write('info', {}, 'late')
  assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 100)
  assert.equal(log.dropped, 1)
})

const script = `
  import { createLog } from ${JSON.stringify(new URL('log.ts', import.meta.url).href)}
  const log = createLog({ levels: {}, destination: 1 })
  const http = log.component('http')
  let worstMs = 0
  for (let round = 0; round < 100; round += 1) {
    const startedAt = performance.now()
    for (let line = 0; line < 1000; line += 1) http.write('info', { id: 'req_0123456789', path: '/v1/chat/completions' }, 'a line of the log')
    worstMs = Math.max(worstMs, performance.now() - startedAt)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const startedAt = performance.now()
  await log.close()
  console.error(JSON.stringify({ worstMs, dropped: log.dropped, closeMs: performance.now() - startedAt }))
  process.reallyExit(0)
`

async function run(stdout: 'pipe' | number, meet: (child: ChildProcess) => void): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', stdout, 'pipe'] })
  meet(child)
  let said = ''
  child.stderr?.on('data', (chunk) => (said += String(chunk)))
  await once(child, 'exit')
  child.stdout?.destroy()
  const { worstMs, dropped, closeMs } = JSON.parse(said)
  assert.ok(worstMs < 500, `1000 lines took ${worstMs} ms`)
  assert.ok(closeMs < 2000, `closing took ${closeMs} ms`)
  assert.ok(dropped > 0)
}

test('a reader of a socket that stalls costs lines, not time', () => run('pipe', (child) => child.stdout?.pause()))

test('a reader that is gone costs lines, not time', () => run('pipe', (child) => child.stdout?.destroy()))

test('a reader of a pipe that stalls costs lines, not time', async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'keywheel-log-')), 'pipe')
  execFileSync('mkfifo', [path])
  const pipe = openSync(path, 'r+')
  t.after(() => {
    closeSync(pipe)
    rmSync(dirname(path), { recursive: true })
  })
  await run(pipe, () => {})
})
