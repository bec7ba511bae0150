/** The page that lists the providers says what the catalogue says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { catalogue } from './catalogue/list.ts'
import { providersFile, providersPage } from './write-reference.ts'

test('docs/reference/providers.md is what the catalogue makes of it', () => {
  assert.equal(readFileSync(providersFile, 'utf8'), providersPage(), 'Run: npm run schema')
})

test('every provider is on the page, with its documentation and its variable', () => {
  const page = providersPage()
  for (const { name, site, keyFrom } of catalogue) {
    assert.ok(page.includes(`| \`${name}\` |`) && page.includes(`](${site})`), name)
    assert.ok(page.includes(`\`${keyFrom[0] ?? ''}_API_`), name)
  }
})
