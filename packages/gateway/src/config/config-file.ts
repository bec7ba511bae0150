/** Reads `keywheel.yaml`: finds it, checks it against the schema, and keeps where everything is written. */
import { join, resolve } from 'node:path'
import { nearest } from '../domain/nearest.ts'
import { displayName, valueOf } from './environment.ts'
import type { Environment, EnvironmentAsk } from './environment.ts'
import type { FileContent } from './file-content.ts'
import type { Findings, Place } from './problem.ts'
import { tierPattern } from './readings.ts'
import { readText } from './read-text.ts'
import { fileSchema, toEditorSchema } from './schema.ts'
import { refusalsOf } from './schema-problems.ts'
import type { Refusal } from './schema-problems.ts'
import { placeOfVariable } from './settings.ts'
import { change, look } from './tree-change.ts'
import { emptyRecord, pathKey, readYaml } from './yaml-tree.ts'
import type { Path, YamlTree } from './yaml-tree.ts'

/** A configuration file that has been read. */
export interface ConfigFile {
  /** undefined: there is none. */
  readonly name?: string
  /** What is right in it; what is wrong has been reported and is left out. */
  readonly content: FileContent
  placeOf(path: Path, part?: 'key' | 'value'): Place
  /** The variables that the text at a path was made of. */
  variablesAt(path: Path): readonly string[]
  /** All names written in a section, whether or not their entries are right: what may be referred to. */
  namesIn(section: 'providers' | 'virtual_models' | 'aliases'): readonly string[]
  readonly variablesUsed: ReadonlySet<string>
  /** Every text in the file that stands where keys belong, so that no message repeats one. */
  readonly secretTexts: readonly string[]
}

const usualName = 'keywheel.yaml'

/** Every round removes at least one wrong part; files with more are reported only this far. */
const mostRounds = 200

/** The file that was asked for, or the usual one if it exists. */
export function readConfigFile(
  ask: EnvironmentAsk & { readonly configFile?: string },
  environment: Environment,
  findings: Findings,
): ConfigFile {
  const asked = ask.configFile ?? valueOf(environment, 'KEYWHEEL_CONFIG')
  const path = asked === undefined ? join(ask.directory, usualName) : resolve(ask.directory, asked)
  const name = displayName(path, ask.directory)
  const read = readText(path)
  if (read.is === 'text') return checked(readYaml(read.text, name, lookupIn(environment)), name, findings)
  if (read.is === 'unreadable') findings.problems.push({ file: name, path: '', message: 'The file cannot be read.', remedy: read.why })
  if (read.is === 'missing' && asked !== undefined) reportMissing(name, ask, environment, findings)
  return noFile
}

const noFile: ConfigFile = {
  content: {},
  placeOf: () => ({ file: usualName, path: '' }),
  variablesAt: () => [],
  namesIn: () => [],
  variablesUsed: new Set(),
  secretTexts: [],
}

function reportMissing(name: string, ask: { readonly configFile?: string }, environment: Environment, findings: Findings): void {
  const place = ask.configFile === undefined ? placeOfVariable(environment, 'KEYWHEEL_CONFIG') : { file: 'command line', path: '--config' }
  const remedy = 'Check the path; it is looked up from the working directory.'
  findings.problems.push({ ...place, message: `There is no file ${name}.`, remedy })
}

function lookupIn(environment: Environment): (name: string) => { value: string } | { similar: readonly string[] } {
  return (name) => {
    const variable = environment.get(name)
    return variable === undefined ? { similar: nearest(name, environment.keys(), 1) } : { value: variable.value.trim() }
  }
}

function checked(tree: YamlTree, name: string, findings: Findings): ConfigFile {
  findings.problems.push(...tree.problems)
  const value = tree.value ?? emptyRecord()
  return {
    name,
    content: tree.isWhole ? acceptable(tree, value, findings) : {},
    placeOf: (path, part) => tree.placeOf(path, part),
    variablesAt: (path) => tree.substituted.get(pathKey(path)) ?? [],
    namesIn: (section) => namesBelow(look(value, [section])),
    variablesUsed: new Set([...tree.substituted.values()].flat()),
    secretTexts: secretsIn(value),
  }
}

function namesBelow(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
}

/** Texts below `keys` and `proxy_api_keys`, whatever shape they were given. */
function secretsIn(value: unknown, isSecret: boolean = false): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return isSecret ? [String(value).trim()] : []
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, isSecret))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'tier' && typeof inner === 'string' && tierPattern.test(inner)) return []
    const own = isSecret && name !== 'key' && name !== 'priority' && name !== 'tier' ? [name] : []
    return own.concat(secretsIn(inner, isSecret || /keys?$/i.test(name)))
  })
}

/** Takes out what the schema refuses, so that the rest can still be checked for what refers to nothing. */
function acceptable(tree: YamlTree, written: unknown, findings: Findings): FileContent {
  const shape = toEditorSchema()
  let value = withNumbersFromVariables(tree, written)
  for (let round = 0; round < mostRounds; round += 1) {
    const result = fileSchema.safeParse(value)
    if (result.success) return result.data
    const refusals = result.error.issues.flatMap((issue) => refusalsOf(issue, shape))
    if (round === 0) report(tree, refusals, findings)
    value = withoutAll(value, refusals)
  }
  return {}
}

/** A text whose variable is not set has its problem already, and is no number for that reason only. */
function report(tree: YamlTree, refusals: readonly Refusal[], findings: Findings): void {
  const reported = new Set(tree.problems.map(({ path }) => path))
  for (const { path, part, message, remedy } of refusals) {
    const place = tree.placeOf(path, part)
    if (!reported.has(place.path)) findings.problems.push({ ...place, message, remedy })
  }
}

function withoutAll(value: unknown, refusals: readonly Refusal[]): unknown {
  const wrong = refusals.map(({ path }) => removable(value, path))
  return (
    wrong.reduce<unknown>((rest, path) => (look(rest, path) === undefined ? rest : change(rest, path, undefined)), value) ?? emptyRecord()
  )
}

/** What has to go: where something is missing, all of what lacks it; a list as a whole, as the places of its entries would move. */
function removable(value: unknown, path: Path): Path {
  const isHere = typeof path.at(-1) === 'string' && look(value, path) !== undefined
  return isHere || path.length === 0 ? path : removable(value, path.slice(0, -1))
}

/** `port: ${PORT}` gives a text; where the schema wants a number or a switch, a text from a variable that reads like one becomes one. */
function withNumbersFromVariables(tree: YamlTree, value: unknown): unknown {
  const result = fileSchema.safeParse(value)
  if (result.success) return value
  return result.error.issues.reduce<unknown>((rest, { code, path }) => {
    const plain = path.map((part) => (typeof part === 'symbol' ? String(part) : part))
    if (code !== 'invalid_type' || !tree.substituted.has(pathKey(plain))) return rest
    const typed = typedValue(look(rest, plain))
    return typed === undefined ? rest : change(rest, plain, typed)
  }, value)
}

function typedValue(text: unknown): number | boolean | undefined {
  if (typeof text !== 'string') return undefined
  if (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : undefined
}
