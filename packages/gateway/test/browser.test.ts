/** A web page in a real browser asks as Kobold Lite does: from an origin that is listed, from a file, and from one that is not. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, faults } from '@keywheel/simulator'
import type { Browser, Page } from 'playwright-core'
import { chromiumPath, openBrowser, pageFile, run, servePage } from './browser/open-browser.ts'
import { hello, keyText, openBench } from './harness.ts'
import type { Bench } from './harness.ts'

const skip = chromiumPath === undefined ? 'Chromium is not installed, so nothing is shown about browsers' : false
/** What Lite sends by itself. */
const chat = { max_tokens: 768, model: 'alpha/m', temperature: 0.75, top_p: 0.92, stop: ['### Instruction:'], ...hello }
const key = keyText('proxy')

let browser: Browser | undefined
before(async () => (browser = chromiumPath === undefined ? undefined : await openBrowser(chromiumPath)))
after(async () => await browser?.close())

interface Opened {
  readonly bench: Bench
  readonly page: Page
}

/** The gateway, and the page opened at `at`; `{port}` is that of the page's own server. */
async function openPage(t: TestContext, at: string, listed: string, env: Readonly<Record<string, string>> = {}): Promise<Opened> {
  const port = String(await servePage(t))
  const bench = await openBench(t, { env: { CORS_ORIGINS: listed.replace('{port}', port), ...env } })
  const page = await browser?.newPage()
  assert.ok(page !== undefined)
  t.after(() => page.close())
  await page.goto(at.replace('{port}', port))
  return { bench, page }
}

const listedPage = ['http://127.0.0.1:{port}/', 'http://127.0.0.1:{port}'] as const

test('a page of a listed origin lists the models and streams a chat', { skip }, async (t) => {
  const { bench, page } = await openPage(t, ...listedPage, { PROXY_API_KEY: key })
  bench.upstream.script('*', answer({ text: 'Good day to you, traveller 🧭.', chunkSize: 9 }))
  const models = await run(page, 'fetchModels', bench.url, key)
  assert.ok(models.ids?.includes('alpha/m'), models.error)
  const { ok, text, error } = await run(page, 'chat', bench.url, chat, key)
  assert.deepEqual({ ok, text, error }, { ok: true, text: 'Good day to you, traveller 🧭.', error: undefined })
  assert.equal(bench.upstream.calls.at(-1)?.headers['origin'], undefined)
  const preflights = bench.log.filter((line) => line['method'] === 'OPTIONS')
  assert.deepEqual(
    preflights.map((line) => line['status']),
    [204, 204],
  )
})

test('a whole answer arrives as well, at a base without /v1 and without a key where none is needed', { skip }, async (t) => {
  const { bench, page } = await openPage(t, ...listedPage)
  bench.upstream.script('*', answer({ text: 'Whole.' }))
  assert.equal((await run(page, 'fetchModels', bench.origin)).ok, true)
  assert.equal((await run(page, 'chatWhole', bench.origin, chat)).text, 'Whole.')
  assert.equal((await run(page, 'chat', `${bench.origin}//v1`, chat)).text, 'Whole.')
})

test('the page can read which provider answered, and the id of its call', { skip }, async (t) => {
  const { bench, page } = await openPage(t, ...listedPage)
  const { headers = {} } = await run(page, 'chat', bench.url, chat)
  assert.equal(headers['x-keywheel-provider'], 'alpha')
  assert.match(headers['x-request-id'] ?? '', /^req_/)
  assert.match(headers['server-timing'] ?? '', /total;dur=/)
  bench.upstream.script('*', { is: 'status', status: 429, headers: { 'retry-after': '60' }, body: {} })
  const refused = await run(page, 'chat', bench.url, chat)
  assert.equal(refused.status, 429)
  assert.match(refused.headers?.['retry-after'] ?? '', /^6\d$/)
})

test('a page from a file works when `null` is listed, and not otherwise', { skip }, async (t) => {
  const file = pageFile('kobold-page.html').href
  const listed = await openPage(t, file, 'null')
  listed.bench.upstream.script('*', answer({ text: 'From a file.' }))
  assert.equal((await run(listed.page, 'fetchModels', listed.bench.url)).ok, true)
  assert.equal((await run(listed.page, 'chat', listed.bench.url, chat)).text, 'From a file.')
  const unlisted = await openPage(t, file, 'https://lite.koboldai.net')
  assert.match((await run(unlisted.page, 'fetchModels', unlisted.bench.url)).error ?? '', /Failed to fetch/)
})

test('a page of another origin is blocked by its browser, also on the same machine', { skip }, async (t) => {
  for (const listed of ['http://127.0.0.1:{port}', '']) {
    const { bench, page } = await openPage(t, 'http://localhost:{port}/', listed)
    assert.match((await run(page, 'fetchModels', bench.url)).error ?? '', /TypeError: Failed to fetch/)
    assert.match((await run(page, 'chat', bench.url, chat)).error ?? '', /TypeError: Failed to fetch/)
    assert.match((await run(page, 'chatWhole', bench.url, chat)).error ?? '', /TypeError: Failed to fetch/)
    assert.deepEqual(bench.upstream.calls, [])
  }
})

test('the text of every refusal is visible to the page', { skip }, async (t) => {
  const { bench, page } = await openPage(t, ...listedPage, { PROXY_API_KEY: key })
  const wrongKey = await run(page, 'chat', bench.url, chat, 'kobo')
  assert.match(wrongKey.error ?? '', /Unauthorized.*The key is not valid here/s)
  assert.match((await run(page, 'fetchModels', bench.url)).error ?? '', /needs a key/)
  assert.match((await run(page, 'chat', bench.url, { ...chat, model: 'alpa/m' }, key)).error ?? '', /no provider called alpa/)
  assert.match((await run(page, 'chatWhole', bench.url, { ...chat, max_tokens: 0 }, key)).error ?? '', /max_tokens.*at least 1/)
  assert.match((await run(page, 'chat', `${bench.url}/nowhere`, chat, key)).error ?? '', /There is nothing at/)
})

test('a stream that breaks off keeps its text and shows a network error', { skip }, async (t) => {
  const { bench, page } = await openPage(t, ...listedPage)
  const cut = faults.F35.reply({ events: 4 })
  assert.ok(cut.is === 'wire')
  // Text that comes in the same moment as the break is dropped by the browser itself.
  bench.upstream.script('*', { ...cut, steps: cut.steps.toSpliced(-1, 0, { do: 'wait', ms: 90 }) })
  const { ok, text, error, aborted } = await run(page, 'chat', bench.url, chat)
  assert.equal(ok, false)
  assert.notEqual(text, '')
  assert.match(error ?? '', /TypeError: network error/)
  assert.equal(aborted, false)
})

test('a page that aborts a stream ends the call at the provider', { skip }, async (t) => {
  const { bench, page } = await openPage(t, ...listedPage)
  bench.upstream.script('*', answer({ tokens: 100_000, everyMs: 5 }))
  const { aborted, text } = await run(page, 'chat', bench.url, chat, '', 3)
  assert.equal(aborted, true)
  assert.match(text ?? '', /^w0 w1 w2/)
  assert.equal(await bench.upstream.calls[0]?.done, 'client-closed')
  const [row] = await bench.rows()
  assert.equal(row?.end, 'cancelled')
})
