/** The catalogue's promises: complete, and each entry well formed. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { providerName } from '../../domain/names.ts'
import { catalogue, findProvider } from './list.ts'

test('every file of the catalogue is in the list', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !file.startsWith('list.'))
  const listed = catalogue.map(({ name }) => `${name}.ts`)
  assert.deepEqual(listed.toSorted(), files.toSorted())
})

test('names and environment prefixes belong to one provider only', () => {
  const names = catalogue.map(({ name }) => name)
  const prefixes = catalogue.flatMap(({ keyFrom }) => keyFrom)
  assert.equal(new Set(names).size, names.length)
  assert.equal(new Set(prefixes).size, prefixes.length)
  for (const prefix of prefixes) assert.match(prefix, /^[A-Z][A-Z0-9_]*$/)
})

test('base URLs are well formed, encrypted unless local, and end without a slash', () => {
  for (const { name, baseUrl, site, keyless } of catalogue) {
    const url = new URL(baseUrl)
    assert.ok(url.protocol === 'https:' || (keyless === true && url.hostname === '127.0.0.1'), name)
    assert.ok(!baseUrl.endsWith('/') && url.search === '' && url.hash === '', name)
    assert.equal(new URL(site).protocol, 'https:', name)
  }
})

test('every provider speaks chat, and every path begins with a slash', () => {
  for (const { name, speaks, modelsPath } of catalogue) {
    assert.ok(speaks.chat?.length, name)
    for (const { path, streamPath = path } of Object.values(speaks).flat()) {
      assert.ok(path.startsWith('/') && streamPath.startsWith('/'), name)
    }
    if (modelsPath !== undefined) assert.ok(modelsPath.startsWith('/'), name)
  }
})

test('what is known of a model is a positive whole number or absent', () => {
  for (const { name, models } of catalogue) {
    for (const [model, known] of Object.entries(models ?? {})) {
      for (const tokens of [known.contextTokens, known.maxOutputTokens]) {
        assert.ok(tokens === undefined || (Number.isInteger(tokens) && tokens > 0), `${name}/${model}`)
      }
    }
  }
})

test('a provider is found by its name and by nothing else', () => {
  assert.equal(findProvider(providerName('groq'))?.title, 'Groq')
  assert.equal(findProvider(providerName('constructor')), undefined)
})
