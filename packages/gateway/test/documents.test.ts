import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { failureReasons, remedies } from '@keywheel/keyring'
import type { Remedy } from '@keywheel/keyring'
import { rooms } from '../../../oxlint.config.ts'
import { openAiErrors } from '../src/dialects/openai/failure.ts'
import { dialectsPage, withLosses } from '../src/dialects/write-reference.ts'
import { clientStatus } from '../src/domain/failure.ts'
import { endpoints } from '../src/endpoints/list.ts'
import { promises } from './faults/promises.ts'
import { failuresPage, withFaults } from './faults/write-page.ts'

const root = new URL('../../../', import.meta.url)

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

/** The cells of a Markdown table's rows, without head and rule. */
function tableRows(text: string, heading: string): string[][] {
  const lines = text.slice(text.indexOf(heading)).split('\n')
  const start = lines.findIndex((line) => line.startsWith('| --- |'))
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 1, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

test('ARCHITECTURE.md shows the walls that the linter holds', () => {
  const written = tableRows(read('ARCHITECTURE.md'), '## Rooms').map(([room = '', , doors = '']) => [
    room,
    doors === 'nothing' ? [] : doors.split(', '),
  ])
  assert.deepEqual(Object.fromEntries(written), rooms)
})

test('every folder of the gateway is a room with walls, or the command line', () => {
  const folders = readdirSync(new URL('packages/gateway/src/', root), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.deepEqual(folders.map(({ name }) => name).toSorted(), [...Object.keys(rooms), 'cli'].toSorted())
})

test('docs/reference/failures.md says of each reason what the code does', () => {
  const rows = tableRows(read('docs/reference/failures.md'), '# Failures')
  const written = rows.map(([reason = '', , status, type, code, rests, next]) => [
    bare(reason),
    status,
    bare(type),
    bare(code),
    rests,
    next,
  ])
  const real = failureReasons.map((reason) => {
    const { type, code } = openAiErrors[reason]
    return [
      reason,
      String(clientStatus[reason]),
      type,
      String(code),
      restsInWords(remedies[reason]),
      remedies[reason].next.replace('-', ' '),
    ]
  })
  assert.deepEqual(written, real)
})

function bare(cell = ''): string {
  return cell.replaceAll('`', '')
}

function restsInWords({ rest, restFor }: Remedy): string {
  const who = { nobody: 'nobody', key: 'the key', 'key-and-model': 'the key for that model', target: 'the target' }[rest]
  if (rest === 'nobody') return who
  if (rest === 'target') return `${who}, once its faults are too many`
  const howLong = {
    none: '',
    long: 'long',
    'until-tested': 'until tested',
    'until-reset': 'until the reset',
    'hint-or-growing': 'as told or growing',
  }
  return `${who}, ${howLong[restFor]}`
}

test('every endpoint that a file exports is in the list', async () => {
  const folder = new URL('packages/gateway/src/endpoints/', root)
  const listed: ReadonlySet<unknown> = new Set(endpoints)
  let found = 0
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue
    const exported: unknown[] = Object.values((await import(new URL(name, folder).href)) as object)
    for (const value of exported) {
      if (typeof value !== 'object' || value === null || !('kind' in value)) continue
      assert.ok(listed.has(value), `${name} exports an endpoint that nobody serves`)
      found++
    }
  }
  assert.ok(found > 20)
})

test('the tables of what is lost between dialects are up to date', () => {
  const page = readFileSync(dialectsPage, 'utf8')
  assert.equal(unpadded(withLosses(page)), unpadded(page), 'Run: npm run schema')
})

test('the page of dialects names every path that calls can come in by', () => {
  const page = readFileSync(dialectsPage, 'utf8')
  for (const { kind, path } of endpoints) {
    if (kind !== 'operation') continue
    const shown =
      path.startsWith('/api/v1') || path.startsWith('/api/extra') || path.startsWith('/api/latest') ? '/api/v1/' : path.replace('{id}', '')
    assert.ok(page.includes(shown.replace(/^\/v1(?:beta)?\/models\//, '')), path)
  }
})

test('every decision page has context, decision and consequences', () => {
  for (const name of readdirSync(new URL('docs/decisions/', root))) {
    assert.match(name, /^\d{4}-[\w-]+\.md$/)
    const text = read(`docs/decisions/${name}`)
    for (const heading of ['## Context', '## Decision', '## Consequences']) assert.ok(text.includes(heading), `${name} lacks ${heading}`)
  }
})

test('every dependency is named on a decision page, pinned, and needs no install script', () => {
  const pages = readdirSync(new URL('docs/decisions/', root))
    .map((name) => read(`docs/decisions/${name}`))
    .join('\n')
  for (const file of [
    'package.json',
    'packages/gateway/package.json',
    'packages/keyring/package.json',
    'packages/simulator/package.json',
  ]) {
    const manifest: unknown = JSON.parse(read(file))
    for (const [name, version] of dependenciesOf(manifest)) {
      assert.match(version, /^(?:npm:@?[\w/-]+@)?\d+\.\d+\.\d+$/, `${name} in ${file} is not pinned`)
      if (!name.startsWith('@keywheel/')) assert.ok(pages.includes(name), `${name} has no decision page`)
    }
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { hasInstallScript?: true; dev?: true }> }
  const withScript = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true)
  // Of an official client that is only tested against; its script prints a warning and is never run.
  assert.deepEqual(
    withScript.map(([path, { dev }]) => [path, dev]),
    [['node_modules/protobufjs', true]],
  )
  assert.match(read('.npmrc'), /^ignore-scripts=true$/m)
})

function dependenciesOf(manifest: unknown): [string, string][] {
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
  return kinds.flatMap((kind) => {
    const group: unknown = Reflect.get(Object(manifest), kind)
    return Object.entries(Object(group)).map(([name, version]): [string, string] => [name, String(version)])
  })
}

test('no file of the project names a place outside of it', () => {
  const outside = ['shared', 'spec'].join('/')
  for (const file of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/style.md']) assert.ok(!read(file).includes(outside), file)
})

test('time, chance and the environment come in from outside: only clocks, configuration and the command line reach for them', () => {
  const allowed = /(?:^|\/)(?:clock\.ts|main\.ts)$|\/config\/|\.test\.ts$/
  const reaching = sources().filter((file) => !allowed.test(file) && /\bDate\.now\b|\bMath\.random\b|\bprocess\.env\b/.test(codeOf(file)))
  assert.deepEqual(reaching, [])
})

test('at most five files are written for speed first, and ARCHITECTURE.md names them', () => {
  const hot = sources().filter((file) => /^\/\*\*[^/]*?Hot path:/s.test(read(file).slice(0, 1200)) && !file.endsWith('.test.ts'))
  assert.ok(hot.length <= 5, hot.join(', '))
  for (const file of hot) assert.ok(read('ARCHITECTURE.md').includes(file.replace('packages/gateway/src/', '')), file)
})

function sources(): string[] {
  return ['keyring', 'simulator', 'gateway'].flatMap((name) =>
    readdirSync(new URL(`packages/${name}/src/`, root), { recursive: true })
      .map((entry) => `packages/${name}/src/${String(entry)}`)
      .filter((file) => file.endsWith('.ts')),
  )
}

/** Without comments, which may speak of anything. */
function codeOf(file: string): string {
  return read(file)
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/\/\/.*$/gm, '')
}

test('every test that docs/reference/promises.md names exists', () => {
  const page = read('docs/reference/promises.md')
  const named = [...page.matchAll(/`([\w-]+\.test\.ts)`: ([^|`]+?)(?:; (?=`)| \||$)/gm)]
  assert.ok(named.length > 25)
  for (const [, file = '', titles = ''] of named) {
    const text = read(`packages/gateway/test/${file}`)
    for (const title of titles.split('; ')) assert.match(text, new RegExp(`['\`"]${escaped(title)}`), `${file} has no test "${title}…"`)
  }
  for (const [id] of page.matchAll(/\bF\d\d\d?\b/g)) assert.ok(Object.hasOwn(promises, id), `${id} is no fault that is tested`)
})

test('docs/reference/failures.md has every fault that is tested, and a test for every fault that it has', async () => {
  const page = readFileSync(failuresPage, 'utf8')
  assert.equal(unpadded(await withFaults(page)), unpadded(page), 'Run: npm run schema')
})

/** Tables are padded by the formatter. */
function unpadded(text: string): string {
  return text.replaceAll(/[ -]+/g, ' ')
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
