/** A real Chromium without a window, and a web server with one page for it. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome']

/** Where Chromium is; undefined where it is not installed. */
export const chromiumPath: string | undefined = [process.env['CHROMIUM_PATH'] ?? '', ...places].find((path) => existsSync(path))

export async function openBrowser(executablePath: string): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return await chromium.launch({ executablePath, headless: true, args: ['--headless=new', '--no-sandbox', '--disable-gpu', ...quiet] })
}

/** Serves the page that asks like Kobold Lite; gives the port. As `localhost` and as `127.0.0.1` it has two origins. */
export async function servePage(t: TestContext): Promise<number> {
  const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript' }
  const server = createServer((request, response) => {
    const name = request.url === '/kobold-page.js' ? 'kobold-page.js' : 'kobold-page.html'
    response.writeHead(200, { 'content-type': `${types[name.split('.')[1] ?? ''] ?? ''}; charset=utf-8` })
    response.end(readFileSync(pageFile(name)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A file of the page, to be served or to be opened from the disk. */
export function pageFile(name: string): URL {
  return new URL(name, import.meta.url)
}

export interface Reply {
  readonly ok: boolean
  readonly text?: string
  readonly error?: string
  readonly ids?: readonly string[]
  readonly status?: number
  readonly aborted?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls one of the page's functions. */
export async function run(page: Page, name: 'fetchModels' | 'chat' | 'chatWhole', ...given: readonly unknown[]): Promise<Reply> {
  const call = `kobold.${name}(${given.map((each) => JSON.stringify(each)).join(', ')})`
  return await page.evaluate<Reply>(call)
}
