/** The example of the README is run as it stands. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { remedies } from './verdict.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

test('the example prints what the README says', async (t) => {
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const code = example.replace('@keywheel/keyring', new URL('index.ts', import.meta.url).href)
  const log = t.mock.method(console, 'log', () => undefined)
  await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const printed = log.mock.calls.map((call) => call.arguments.join(' '))
  assert.deepEqual(printed, ['key.rested rate-limited', 'key.rested rate-limited', 'mistral-small says hello after 3 attempts'])
})

test('the README names every reason that a provider can cause', () => {
  for (const [reason, { counts }] of Object.entries(remedies)) if (counts !== 'not') assert.ok(readme.includes(`\`${reason}\``), reason)
})
