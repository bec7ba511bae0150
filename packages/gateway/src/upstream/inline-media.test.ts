import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Part } from '../dialects/canonical/parts.ts'
import type { CanonicalRequest, Turn } from '../dialects/canonical/request.ts'
import { RefusedCall } from '../domain/failure.ts'
import { inlineMedia } from './inline-media.ts'
import type { MediaFetcher } from './inline-media.ts'

const quiet = new AbortController().signal

function asking(...turns: Turn[]): CanonicalRequest {
  return { from: 'openai-chat', model: 'm', stream: false, turns, tools: [], sampling: {}, extras: {} }
}

function image(url: string): Part {
  return { is: 'image', source: { is: 'url', url }, detail: 'low', cache: {} }
}

function user(...parts: Part[]): Turn {
  return { role: 'user', parts }
}

/** Gives each address as its own bytes, and remembers what it was asked. */
function fetcher(mediaType: string = 'image/png'): { fetch: MediaFetcher; asked: string[]; most: () => number } {
  const asked: string[] = []
  let running = 0
  let most = 0
  const fetch: MediaFetcher = async (url) => {
    asked.push(url)
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return { mediaType, data: Buffer.from(url) }
  }
  return { fetch, asked, most: () => most }
}

function bytes(url: string, mediaType: string = 'image/png'): object {
  return { is: 'base64', mediaType, data: Buffer.from(url).toString('base64') }
}

test('images and files of users and tools get their bytes, and keep all else', async () => {
  const { fetch, asked } = fetcher()
  const file: Part = { is: 'file', source: { is: 'url', url: 'https://b/f.pdf' }, name: 'f.pdf' }
  const shown: Turn = { role: 'tool', results: [{ callId: 'c', parts: [image('https://c/i')], isError: false }] }
  const request = asking(user({ is: 'text', text: 'See' }, image('https://a/i'), file), shown)
  const { turns } = await inlineMedia(request, fetch, quiet)
  assert.deepEqual(turns, [
    user(
      { is: 'text', text: 'See' },
      { ...image('https://a/i'), source: bytes('https://a/i') } as Part,
      { ...file, source: bytes('https://b/f.pdf') } as Part,
    ),
    { role: 'tool', results: [{ callId: 'c', parts: [{ ...image(''), source: bytes('https://c/i') }], isError: false }] },
  ])
  assert.deepEqual(asked, ['https://a/i', 'https://b/f.pdf', 'https://c/i'])
})

test('a request without addresses stays the very same', async () => {
  const { fetch, asked } = fetcher()
  const own: Part = { is: 'image', source: { is: 'base64', mediaType: 'image/png', data: 'AAAA' } }
  const request = asking(user(own), { role: 'assistant', blocks: [] })
  assert.equal(await inlineMedia(request, fetch, quiet), request)
  assert.deepEqual(asked, [])
})

test('what is in the address itself needs no fetching, and what is no address of the web stays', async () => {
  const { fetch, asked } = fetcher()
  const { turns } = await inlineMedia(asking(user(image('data:image/gif;base64,R0lGODlh'), image('s3://bucket/key'))), fetch, quiet)
  const held = { ...image(''), source: { is: 'base64', mediaType: 'image/gif', data: 'R0lGODlh' } } as Part
  assert.deepEqual(turns, [user(held, image('s3://bucket/key'))])
  assert.deepEqual(asked, [])
})

test('the same address is fetched once, for all places and all attempts', async () => {
  const { fetch, asked } = fetcher()
  const request = asking(user(image('https://a/i'), image('https://a/i')))
  const first = await inlineMedia(request, fetch, quiet)
  assert.equal(await inlineMedia(request, fetch, quiet), first)
  assert.deepEqual(asked, ['https://a/i'])
})

test('many are fetched side by side, a few at a time', async () => {
  const { fetch, asked, most } = fetcher()
  await inlineMedia(asking(user(...Array.from({ length: 20 }, (_, at) => image(`https://a/${at}`)))), fetch, quiet)
  assert.deepEqual({ count: asked.length, most: most() }, { count: 20, most: 4 })
})

test('one that fails stops the others, and the next attempt tries again', async () => {
  let tries = 0
  const signals: AbortSignal[] = []
  const fetch: MediaFetcher = (url, signal) => {
    signals.push(signal)
    if (url === 'https://a/1' && tries++ === 0) return Promise.reject(new RefusedCall({ reason: 'bad-request', message: 'no', sent: 'no' }))
    return Promise.resolve({ mediaType: 'image/png', data: Buffer.from('x') })
  }
  const request = asking(user(...[1, 2, 3].map((at) => image(`https://a/${at}`))))
  await assert.rejects(inlineMedia(request, fetch, quiet), /no/)
  assert.ok(signals.every(({ aborted }) => aborted))
  assert.equal((await inlineMedia(request, fetch, quiet)).turns.length, 1)
})

const large: MediaFetcher = () => Promise.resolve({ mediaType: 'image/png', data: Buffer.alloc(20 * 1024 * 1024) })

test('an image that is none is refused, and so is too much of everything', async () => {
  await assert.rejects(
    inlineMedia(asking(user(image('https://a.example/i?secret'))), fetcher('text/html').fetch, quiet),
    (error: Error) => {
      assert.match(error.message, /a\.example.*no image but text\/html/)
      return !error.message.includes('secret')
    },
  )
  const many = asking(user(...Array.from({ length: 51 }, (_, at) => image(`https://a/${at}`))))
  await assert.rejects(inlineMedia(many, fetcher().fetch, quiet), /51 images/)
  const heavy = asking(user(...[1, 2, 3, 4].map((at) => image(`https://a/${at}`))))
  await assert.rejects(inlineMedia(heavy, large, quiet), /too large together/)
})
