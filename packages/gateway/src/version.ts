/** What the package says of itself; the only place where its file is read. */
import { readFileSync } from 'node:fs'

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

export const version: string = textAt(manifest, 'version')
/** Where the project lives, from `repository.url`. */
export const homepage: string = textAt(fieldOf(manifest, 'repository'), 'url')
  .replace(/^git\+/, '')
  .replace(/\.git$/, '')

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function textAt(value: unknown, name: string): string {
  const text = fieldOf(value, name)
  return typeof text === 'string' ? text : ''
}
