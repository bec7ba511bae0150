/** A web page in a real browser drives the gateway as Kobold Lite drives a KoboldCpp. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, faults, overloaded } from '@keywheel/simulator'
import type { Browser, Page } from 'playwright-core'
import { chromiumPath, openBrowser, pageFile, servePage } from './browser/open-browser.ts'
import { keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'
import { settings } from './kobold/lite.ts'

const skip = chromiumPath === undefined ? 'Chromium is not installed, so nothing is shown about browsers' : false
const key = keyText('proxy')
const asked = { ...settings, prompt: '{{[INPUT]}}Hello{{[OUTPUT]}}' }

let browser: Browser | undefined
before(async () => (browser = chromiumPath === undefined ? undefined : await openBrowser(chromiumPath)))
after(async () => await browser?.close())

async function openPage(t: TestContext): Promise<{ bench: Bench; page: Page }> {
  const port = String(await servePage(t))
  const bench = await openBench(t, { env: { CORS_ORIGINS: `http://127.0.0.1:${port}`, PROXY_API_KEY: key } })
  const page = await browser?.newPage()
  assert.ok(page !== undefined)
  t.after(() => page.close())
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.evaluate(readFileSync(pageFile('kobold-native.js'), 'utf8'))
  return { bench, page }
}

function run(page: Page, name: 'connect' | 'generate' | 'generateWhole', ...given: readonly unknown[]): Promise<Record<string, unknown>> {
  return page.evaluate(`koboldNative.${name}(${given.map((each) => JSON.stringify(each)).join(', ')})`)
}

test('a page connects in seven questions, and finds a server that streams and chats', { skip }, async (t) => {
  const { bench, page } = await openPage(t)
  assert.deepEqual(await run(page, 'connect', bench.origin, key), {
    ok: true,
    model: 'koboldcpp/alpha/m',
    context: 32_768,
    trueContext: 32_768,
    stops: true,
    streams: true,
    chats: true,
    saved: 0,
    images: 0,
  })
  const served = bench.log.filter((line) => line['method'] === 'GET').map((line) => line['path'])
  assert.deepEqual(served, [
    '/api/v1/model',
    '/api/v1/info/version',
    '/api/v1/config/max_context_length',
    '/api/extra/version',
    '/api/extra/true_max_context_length',
    '/api/extra/preloadstory',
    '/sdapi/v1/sd-models',
  ])
  assert.match(String((await run(page, 'connect', bench.origin))['error']), /no model/)
})

test('a page streams a prompt, and gets it whole as well', { skip }, async (t) => {
  const { bench, page } = await openPage(t)
  bench.upstream.script('*', answer({ text: 'Good day to\u2028you, traveller 🧭.', chunkSize: 9 }))
  await run(page, 'connect', bench.origin, key)
  const streamed = await run(page, 'generate', bench.origin, asked, key)
  assert.deepEqual(streamed, { ok: true, text: 'Good day to\u2028you, traveller 🧭.', reason: 'stop' })
  const whole = await run(page, 'generateWhole', bench.origin, asked, key)
  assert.deepEqual([whole['text'], whole['reason'], whole['checked']], ['Good day to\u2028you, traveller 🧭.', 'stop', whole['text']])
})

test('a page aborts, and the stream ends for it as if it were complete', { skip }, async (t) => {
  const { bench, page } = await openPage(t)
  bench.upstream.script('*', answer({ tokens: 100_000, everyMs: 5 }))
  await run(page, 'connect', bench.origin, key)
  const { ok, text, reason, aborted } = await run(page, 'generate', bench.origin, asked, key, 3)
  assert.deepEqual([ok, reason, aborted], [true, 'stop', { success: 'true', done: 'true' }])
  assert.match(String(text), /^w0 w1 w2/)
  assert.equal(await bench.upstream.calls.at(-1)?.done, 'client-closed')
})

test('a page is told that the server is busy, and notices a stream that breaks off', { skip }, async (t) => {
  const { bench, page } = await openPage(t)
  await run(page, 'connect', bench.origin, key)
  const cut = faults.F35.reply({ events: 4 })
  assert.ok(cut.is === 'wire')
  // Text that comes in the same moment as the break is dropped by the browser itself.
  bench.upstream.script('*', { ...cut, steps: cut.steps.toSpliced(-1, 0, { do: 'wait', ms: 90 }) })
  const broken = await run(page, 'generate', bench.origin, asked, key)
  assert.equal(broken['ok'], false)
  assert.notEqual(broken['text'], '')
  assert.match(String(broken['error']), /TypeError: network error/)
  bench.upstream.script('*', overloaded())
  const busy = await run(page, 'generate', bench.origin, asked, key)
  assert.deepEqual([busy['status'], busy['ok']], [503, false])
  assert.match(String(busy['error']), /No provider could answer/)
})
