import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { endedKeywheel, runKeywheel, temporaryDirectory } from './process/keywheel.ts'
import { until } from './process/until.ts'

const run = promisify(execFile)
const hasCurl = spawnSync('curl', ['--version']).status === 0

test(
  'the demo prints three commands that work as they stand, and leaves no files when it ends',
  { skip: !hasCurl && 'curl is missing' },
  async (t) => {
    const temporary = temporaryDirectory(t)
    const env = { TMPDIR: temporary, GROQ_API_KEY: 'gsk_nobody-uses-this-0001' }
    const demo = await runKeywheel(t, { args: ['demo', '--port', '0'], env })
    assert.doesNotMatch(demo.out(), /groq/)
    const commands = await until('three commands', () => {
      const lines = demo
        .out()
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line.startsWith('curl '))
      return lines.length === 3 && lines
    })
    const said = await Promise.all(commands.map((command) => run('sh', ['-c', command]).then(({ stdout }) => stdout)))
    assert.match(said[0] ?? '', /^HTTP\/1\.1 200 OK\r\n[^]*x-keywheel-provider: [^]*says: /)
    assert.match(said[1] ?? '', /^data: \{[^]*"Aurora[^]*data: \[DONE\]\n\n$/)
    const stats = JSON.parse(said[2] ?? '') as { summary: { total_credentials: number } }
    assert.equal(stats.summary.total_credentials, 6)
    demo.kill('SIGINT')
    assert.deepEqual(await demo.exited, { code: 0, signal: null })
    assert.deepEqual(readdirSync(temporary), [])
    assert.deepEqual(readdirSync(demo.directory), [])
  },
)

test('the demo leaves no files when it cannot start, or is told twice to stop', async (t) => {
  const temporary = temporaryDirectory(t)
  const first = await runKeywheel(t, { args: ['demo', '--port', '0'], env: { TMPDIR: temporary } })
  const taken = await endedKeywheel(t, { args: ['demo', '--port', String(first.port)], env: { TMPDIR: temporary } })
  assert.equal(taken.code, 1)
  const wrong = await endedKeywheel(t, { args: ['demo', '--port', 'http'], env: { TMPDIR: temporary } })
  assert.equal(wrong.code, 78)
  assert.equal(readdirSync(temporary).length, 1)
  first.kill('SIGINT')
  first.kill('SIGTERM')
  await first.exited
  assert.deepEqual(readdirSync(temporary), [])
})
