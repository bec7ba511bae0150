import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../src/config/load-config.ts'
import { knownProviders as known } from '../src/providers/known-providers.ts'
import { presets } from '../src/providers/presets.ts'

const root = new URL('../../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: Readonly<Record<string, string>> }

/** The fenced blocks of a language. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(/^```(\S*)\n([^]*?)^```$/gm)].filter(([, named]) => named === language).map(([, , text = '']) => text)
}

/** The scripts that a text tells people to run. */
function scriptsIn(text: string): ReadonlySet<string> {
  const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name)
  const short = [...text.matchAll(/\bnpm (start|test)\b/g)].map(([, name = '']) => name)
  return new Set([...named, ...short])
}

test('the README begins with the two commands, in a block of their own', () => {
  const [first = ''] = blocks('sh')
  assert.match(first, /^npm ci && npm start\b.*\nnpm test\b.*\n$/)
})

test('every npm script that the README names exists', () => {
  const named = scriptsIn(readme)
  for (const name of ['start', 'demo', 'test']) assert.ok(named.has(name), `the README names ${name}`)
  for (const name of named) assert.ok(name in scripts, `npm run ${name}`)
})

test('every file that the scripts run is there', () => {
  const run = Object.values(scripts).flatMap((line) => line.match(/(?:packages|bench)\/[\w./-]+\.(?:ts|js)\b/g) ?? [])
  assert.ok(run.length > 0)
  for (const path of run) assert.ok(existsSync(new URL(path, root)), path)
})

test('the configurations in the README are accepted as they stand', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-newcomer-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  for (const yaml of blocks('yaml')) {
    writeFileSync(join(directory, 'keywheel.yaml'), yaml)
    const variables = Object.fromEntries([...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'key-0123456789abcdef']))
    const { warnings } = loadConfig({ env: { GROQ_API_KEY: 'gsk_0123456789abcdef', ...variables }, directory, flags: {}, known, presets })
    assert.deepEqual(warnings, [])
  }
})

test('no command in the README needs anything but npm, curl and a file with keys', () => {
  const commands = blocks('sh')
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => line.split(/\s#|&&/)[0]?.trim() || [])
  for (const command of commands) assert.match(command, /^(?:npm|npx|curl|git|cd|docker) |^[A-Z][A-Z0-9_]*=/)
})
