import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import * as z from 'zod'
import { referenceTables } from './reference.ts'
import { toEditorSchema } from './schema.ts'
import { accepted } from './try-config.test.ts'
import { referenceFile, schemaFile } from './write-schema.ts'

const remedy = 'Run: node --conditions=keywheel-source packages/gateway/src/config/write-schema.ts'
const reference = readFileSync(referenceFile, 'utf8')

/** The cells of each row, without the padding that the formatter adds. */
function cellsOf(table: string): string[][] {
  const rows = table.split('\n').filter((line) => line.startsWith('|'))
  const cells = rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return cells.filter((row) => !row.every((cell) => /^-+$/.test(cell)))
}

test('the schema for editors is the one that was written', () => {
  assert.deepEqual(JSON.parse(readFileSync(schemaFile, 'utf8')), JSON.parse(JSON.stringify(toEditorSchema())), remedy)
})

for (const [name, table] of Object.entries(referenceTables())) {
  test(`the reference lists all there is: ${name}`, () => {
    const [, written = ''] = reference.split(`<!-- table: ${name} -->`)
    assert.deepEqual(cellsOf(written.split(`<!-- end: ${name} -->`)[0] ?? ''), cellsOf(table), remedy)
  })
}

test('the example of the reference is accepted, by the gateway and by editors', () => {
  const yaml = /```yaml\n(.*?)```/s.exec(reference)?.[1] ?? ''
  const config = accepted({ yaml, env: { MINE_KEY: 'mine-key', SPARE_KEY: 'spare-key', GROQ_API_KEY: 'the-key' } })
  assert.equal(config.virtualModels[0]?.targets.length, 2)
  const editors = z.fromJSONSchema(JSON.parse(readFileSync(schemaFile, 'utf8')))
  assert.equal(editors.safeParse(parse(yaml)).success, true)
})

test('every example of the reference is accepted as it is written', () => {
  const examples = [...reference.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml)
  const editors = z.fromJSONSchema(JSON.parse(readFileSync(schemaFile, 'utf8')))
  assert.equal(examples.length, 2)
  for (const yaml of examples) {
    const env = Object.fromEntries([...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, `a-key-for-${name}`]))
    assert.deepEqual(accepted({ yaml, env }).warnings, yaml.includes('groq') ? ['groq has no key. Set GROQ_API_KEY.', unused] : [])
    assert.equal(editors.safeParse(parse(yaml)).success, true)
  }
})

const unused = 'coding-elite: groq has no key or is switched off, so its models are passed over.'

test('editors accept variables for numbers and refuse what the gateway refuses', () => {
  const editors = z.fromJSONSchema(JSON.parse(readFileSync(schemaFile, 'utf8')))
  const verdict = (yaml: string): boolean => editors.safeParse(parse(yaml)).success
  assert.equal(verdict('server: { port: "${PORT}" }'), true)
  assert.equal(verdict('server: { port: 80 }\nproviders: { groq: }'), true)
  assert.equal(verdict('server: { hostt: x }'), false)
  assert.equal(verdict('server: { port: "80" }'), false)
  assert.equal(verdict('access: { allow_open_access: perhaps }'), false)
  assert.equal(verdict('virtual_models: { a: {} }'), false)
  assert.equal(verdict('log: { levels: { rooter: info } }'), false)
})
