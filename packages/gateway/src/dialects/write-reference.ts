/** Writes the tables of what is lost into the reference of dialects. Run it after changing `expected-losses.json`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { isRecord } from './wire.ts'

/** The page; its prose is written by hand, its tables between marks are not. */
export const dialectsPage: URL = new URL('../../../../docs/reference/dialects.md', import.meta.url)

const lossesFile = new URL('expected-losses.json', import.meta.url)

/** The page with its tables brought up to date. */
export function withLosses(page: string): string {
  const losses: unknown = JSON.parse(readFileSync(lossesFile, 'utf8'))
  if (!isRecord(losses)) throw new Error('expected-losses.json is not an object')
  return ['requests', 'answers'].reduce((text, side) => {
    const [start, end] = [`<!-- table: ${side} -->`, `<!-- end: ${side} -->`]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`The page has no place for the table "${side}".`)
    return `${text.slice(0, from + start.length)}\n\n${tableOf(losses[side])}\n\n${text.slice(to)}`
  }, page)
}

function tableOf(byDialect: unknown): string {
  const lines = ['| dialect | what | why |', '| --- | --- | --- |']
  for (const [dialect, losses] of entriesOf(byDialect)) {
    for (const [what, why] of entriesOf(losses)) lines.push(`| ${dialect} | \`${what}\` | ${String(why)} |`)
  }
  return lines.join('\n')
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}

if (import.meta.main) writeFileSync(dialectsPage, withLosses(readFileSync(dialectsPage, 'utf8')))
