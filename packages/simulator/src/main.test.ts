import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('the command line opens a simulator that accepts the keys it was given', async (t) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), '--keys', 'a,b', '--tokens', '2'])
  t.after(() => child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const ask = (key: string): Promise<Response> =>
    fetch(`${line.toString().trim()}/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: '{}' })
  assert.partialDeepStrictEqual(await (await ask('b')).json(), { choices: [{ message: { content: 'w0 w1' } }] })
  assert.equal((await ask('c')).status, 401)
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  assert.equal(code, 0)
})
