/** The variables that count: the process's own, then those of the `.env` files. */
import { isAbsolute, join, relative, resolve } from 'node:path'
import { parseEnvFile } from './env-file.ts'
import type { Variable } from './env-file.ts'
import type { Findings } from './problem.ts'
import { readText } from './read-text.ts'

/** Variables by name. */
export type Environment = ReadonlyMap<string, Variable>

/** What the environment is read from. */
export interface EnvironmentAsk {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
  readonly envFiles?: readonly string[]
}

/** Names under which templates are shipped; their values are examples, so they are never loaded. */
const template = /\.(?:example|sample|template|dist)$/i

/** The process's variables always win; among the files a later one wins, `.env` being the first. */
export function readEnvironment(ask: EnvironmentAsk, findings: Findings): Environment {
  const variables = new Map<string, Variable>()
  for (const variable of readEnvFile(join(ask.directory, '.env'), ask.directory, findings) ?? []) variables.set(variable.name, variable)
  for (const envFile of ask.envFiles ?? []) {
    for (const variable of readNamedEnvFile(envFile, ask.directory, findings)) variables.set(variable.name, variable)
  }
  for (const [name, value] of Object.entries(ask.env)) {
    if (value !== undefined) variables.set(name, { name, value, file: 'environment' })
  }
  return variables
}

/** A variable's text without the space around it; a blank one counts as not set. */
export function valueOf(environment: Environment, name: string): string | undefined {
  const value = environment.get(name)?.value.trim()
  return value === '' ? undefined : value
}

/** How a file is called in messages: relative to the directory if it lies inside, else in full. */
export function displayName(path: string, directory: string): string {
  const inside = relative(directory, path)
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}

function readNamedEnvFile(envFile: string, directory: string, findings: Findings): readonly Variable[] {
  const file = displayName(resolve(directory, envFile), directory)
  if (template.test(envFile)) {
    const remedy = 'Copy it under another name and fill in the values.'
    findings.problems.push({ file, path: '--env-file', message: 'This is a template; templates are not loaded.', remedy })
    return []
  }
  const variables = readEnvFile(resolve(directory, envFile), directory, findings)
  if (variables !== undefined) return variables
  const remedy = 'Check the name given with --env-file; it is looked up from the working directory.'
  findings.problems.push({ file, path: '--env-file', message: 'There is no such file.', remedy })
  return []
}

/** undefined: there is no such file. */
function readEnvFile(path: string, directory: string, findings: Findings): readonly Variable[] | undefined {
  const file = displayName(path, directory)
  const read = readText(path)
  if (read.is === 'missing') return undefined
  if (read.is === 'text') return parseEnvFile(read.text, file, findings)
  findings.problems.push({ file, path: '', message: 'The file cannot be read.', remedy: read.why })
  return []
}
