/** Writes results into their places in `docs/key-pools.md`; all around them is written by hand. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const pagePath: string = join(import.meta.dirname, '../../docs/key-pools.md')

/** `sections`: Markdown by the name between `<!-- name -->` and `<!-- /name -->`. */
export function savePage(sections: Readonly<Record<string, string>>): void {
  writeFileSync(pagePath, filledPage(readFileSync(pagePath, 'utf8'), sections))
}

/** The page with those sections replaced. */
export function filledPage(page: string, sections: Readonly<Record<string, string>>): string {
  let filled = page
  for (const [name, content] of Object.entries(sections)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [from, to] = [filled.indexOf(open), filled.indexOf(close)]
    if (from < 0 || to < from) throw new Error(`${pagePath} has no place for ${name}.`)
    filled = `${filled.slice(0, from + open.length)}\n${content}\n${filled.slice(to)}`
  }
  return filled
}
