/** Writes the table of tested faults into the reference of failures. Run it after changing promises.ts or the title of such a test. */
import { readFileSync, writeFileSync } from 'node:fs'
import { promises } from './promises.ts'
import { faultTitles, idsIn } from './titles.ts'
import type { Titled } from './titles.ts'

/** The page; its prose is written by hand, its table between marks is not. */
export const failuresPage: URL = new URL('../../../../docs/reference/failures.md', import.meta.url)

const [start, end] = ['<!-- table: faults -->', '<!-- end: faults -->']

/** The page with its table brought up to date. @throws where a promise has no test, or a test no promise. */
export async function withFaults(page: string): Promise<string> {
  const [from, to] = [page.indexOf(start), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error('The page has no place for the table of faults.')
  return `${page.slice(0, from + start.length)}\n\n${tableOf(await faultTitles())}\n\n${page.slice(to)}`
}

function tableOf(titles: readonly Titled[]): string {
  const untold = titles.find(({ title }) => idsIn(title).some((id) => !Object.hasOwn(promises, id)))
  if (untold !== undefined) throw new Error(`promises.ts says nothing of "${untold.title}" in ${untold.file}.`)
  const rows = Object.entries(promises).map(([id, { injected, seen, comesWith }]) => {
    const tests = titles.filter(({ title }) => idsIn(title).includes(id))
    if (tests.length === 0 && comesWith === undefined) throw new Error(`${id} has no test.`)
    return `| ${id} | ${injected} | ${seen} | ${tests.length === 0 ? comesWith : named(tests)} |`
  })
  return ['| id | what is done to us | what the caller sees | test |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** File by file, and each title once, as far as its variants have it in common. */
function named(tests: readonly Titled[]): string {
  return [...Map.groupBy(tests, ({ file }) => file)]
    .map(([file, all]) => `\`${file}\`: ${[...new Set(all.map(({ title }) => inCommon(title)))].join('; ')}`)
    .join('; ')
}

function inCommon(title: string): string {
  const [common = title] = title.split(/: | \(| \[\w+ caller/)
  return common.replaceAll('|', '\\|')
}

if (import.meta.main) writeFileSync(failuresPage, await withFaults(readFileSync(failuresPage, 'utf8')))
