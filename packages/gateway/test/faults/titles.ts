/** The titles of tests as they really are, however they are put together: the files are loaded, and nothing in them is run. */
import { readFileSync, readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { collected } from './collected-test.ts'

export interface Titled {
  readonly file: string
  readonly title: string
}

const folder = new URL('../', import.meta.url)
const standIn = new URL('collected-test.ts', import.meta.url).href
const asked = '?titles'

/** Those of all files that speak of faults by their ids. */
export async function faultTitles(): Promise<readonly Titled[]> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'node:test' && context.parentURL?.endsWith(asked) === true
        ? { url: standIn, shortCircuit: true }
        : next(specifier, context),
  })
  const titles: Titled[] = []
  for (const file of readdirSync(folder).filter(speaksOfFaults).toSorted()) {
    collected.length = 0
    await import(new URL(file, folder).href + asked)
    titles.push(...collected.map((title) => ({ file, title })))
  }
  hooks.deregister()
  return titles.filter(({ title }) => idsIn(title).length > 0)
}

function speaksOfFaults(file: string): boolean {
  return file.endsWith('.test.ts') && /\bF\d\d\d?\b/.test(readFileSync(new URL(file, folder), 'utf8'))
}

/** A title begins with its ids; some belong to other lists. */
export function idsIn(title: string): readonly string[] {
  const [ids = ''] = /^(?:[A-Z]\d+ )+/.exec(title) ?? []
  return ids.split(' ').filter((id) => /^F\d\d\d?$/.test(id))
}
