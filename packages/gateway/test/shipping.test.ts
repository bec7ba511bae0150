import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const binary = join(root, 'packages/gateway/bin/keywheel.js')
const run = promisify(execFile)

test('what ships is compiled JavaScript that starts and answers', async (t) => {
  for (const name of ['keyring', 'simulator', 'gateway']) {
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'packages', name, 'tsconfig.build.json')])
  }
  const { stdout } = await run(process.execPath, [binary, '--version'])
  assert.match(stdout, /^Keywheel \d+\.\d+\.\d+ /)
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-ship-'))
  const child = spawn(process.execPath, [binary, '--port', '0'], { cwd: directory, env: { GROQ_API_KEY: 'gsk_0123456789abcdef' } })
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /listening on\s+(\S+)\/v1/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`it ended: ${said}`)))
  })
  const health = await fetch(`${url}/health`)
  assert.equal(health.status, 200)
  const body: unknown = await health.json()
  assert.equal(Reflect.get(Object(body), 'auth'), 'open')
})
