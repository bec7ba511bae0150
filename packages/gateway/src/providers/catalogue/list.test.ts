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

test('every address in braces has a part that explains it, and every part stands somewhere', () => {
  for (const { name, baseUrl, variables, speaks } of catalogue) {
    const speeches = Object.values(speaks).flat()
    const texts = [baseUrl, ...speeches.flatMap(({ path, streamPath, base }) => [path, streamPath ?? '', base ?? ''])].join(' ')
    const named = new Set([...texts.matchAll(/\{(\w+)\}/g)].map(([, part]) => String(part)).filter((part) => part !== 'model'))
    assert.deepEqual([...named].toSorted(), Object.keys(variables ?? {}).toSorted(), name)
    for (const { env, what } of Object.values(variables ?? {})) {
      assert.match(env, /^[A-Z][A-Z0-9_]*$/, name)
      assert.ok(what.length > 5, name)
    }
  }
})

test('a dialect that is spoken elsewhere is spoken encrypted, by the same vendor', () => {
  for (const { name, baseUrl, speaks } of catalogue) {
    for (const { base, dialect } of Object.values(speaks).flat()) {
      if (base === undefined) continue
      const [own, other] = [new URL(baseUrl), new URL(base)]
      assert.equal(other.protocol, 'https:', `${name} ${dialect}`)
      assert.equal(domainOf(other), domainOf(own), `${name} ${dialect}`)
      assert.ok(!base.endsWith('/'), `${name} ${dialect}`)
    }
  }
})

function domainOf({ hostname }: URL): string {
  return hostname.split('.').slice(-2).join('.')
}

test('no dialect of chat is listed twice by one provider', () => {
  for (const { name, speaks } of catalogue) {
    const dialects = speaks.chat?.map(({ dialect }) => dialect) ?? []
    assert.equal(new Set(dialects).size, dialects.length, name)
  }
})

test('names of keys belong to one provider only, and are told apart from the usual ones', () => {
  const names = catalogue.flatMap(({ keyNames = [] }) => keyNames)
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.doesNotMatch(name, /_API_KEY(?:_\d+)?$/)
})

test('there are more than forty, and a server on the own machine wants no key', () => {
  assert.ok(catalogue.length > 40)
  for (const { name, baseUrl, keyless } of catalogue) {
    assert.equal(new URL(baseUrl).hostname === '127.0.0.1', keyless === true, name)
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
