/**
 * Writes the snapshot of model data that ships, packages/gateway/data/models.jsonl, from https://models.dev/api.json. Where
 * that cannot be reached: --from FILE takes a copy of the answer, --date says of which day, --via how it came.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fromModelsDev } from '../packages/gateway/src/providers/model-data/from-models-dev.ts'
import { writeSnapshot } from '../packages/gateway/src/providers/model-data/snapshot.ts'

const source = 'https://models.dev/api.json'
const file = new URL('../packages/gateway/data/models.jsonl', import.meta.url)

const { values } = parseArgs({ options: { from: { type: 'string' }, date: { type: 'string' }, via: { type: 'string' } } })
const { from, via, date = new Date().toISOString().slice(0, 10) } = values

const lines = fromModelsDev(JSON.parse(from === undefined ? await download() : readFileSync(from, 'utf8')))
const about = {
  source: 'models.dev',
  date,
  license: 'MIT, Copyright (c) 2025 models.dev: see models.LICENSE',
  ...(via !== undefined && { via }),
}
writeFileSync(file, writeSnapshot(about, lines))
process.stdout.write(`${lines.length} models of ${new Set(lines.map(([provider]) => provider)).size} providers, as of ${date}\n`)

async function download(): Promise<string> {
  const answer = await fetch(source)
  if (!answer.ok) throw new Error(`${source} answered ${answer.status}.`)
  return answer.text()
}
