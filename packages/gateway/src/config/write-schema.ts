/** Writes what is generated from the schema: the JSON schema for editors, and the tables of the reference. Run it after changing a field. */
import { readFileSync, writeFileSync } from 'node:fs'
import { referenceTables } from './reference.ts'
import { toEditorSchema } from './schema.ts'

/** Where editors find the schema. */
export const schemaFile: URL = new URL('../../schema/keywheel.schema.json', import.meta.url)
/** The reference; its prose is written by hand, its tables between marks are not. */
export const referenceFile: URL = new URL('../../../../docs/reference/config.md', import.meta.url)

/** The reference with its tables brought up to date. */
function withTables(reference: string): string {
  return Object.entries(referenceTables()).reduce((text, [name, table]) => {
    const [start, end] = [`<!-- table: ${name} -->`, `<!-- end: ${name} -->`]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`The reference has no place for the table "${name}".`)
    return `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`
  }, reference)
}

if (import.meta.main) {
  writeFileSync(schemaFile, `${JSON.stringify(toEditorSchema(), undefined, 2)}\n`)
  writeFileSync(referenceFile, withTables(readFileSync(referenceFile, 'utf8')))
}
