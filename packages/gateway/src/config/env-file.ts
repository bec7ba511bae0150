/** The lines of a `.env` file. Stricter than Node's own parser, which cuts `a#b` at the hash and skips what it does not understand. */
import type { Findings } from './problem.ts'

/** A variable and where it was set. */
export interface Variable {
  readonly name: string
  readonly value: string
  /** `environment` or a file's name. */
  readonly file: string
  readonly line?: number
}

const assignment = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/s
const singleQuoted = /^'([^']*)'\s*(?:#.*)?$/s
const doubleQuoted = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/s
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** Every variable that `text` sets, in its order. A line that is none of ours is a problem; its text is never repeated. */
export function parseEnvFile(text: string, file: string, findings: Findings): Variable[] {
  const variables = new Map<string, Variable>()
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) continue
    const variable = parseLine(content, { file, line: index + 1 }, findings)
    if (variable === undefined) continue
    const earlier = variables.get(variable.name)
    if (earlier !== undefined) {
      findings.warnings.push(
        `${variable.name} is set twice in ${file}, in lines ${earlier.line} and ${variable.line}; the last one counts.`,
      )
    }
    variables.set(variable.name, variable)
  }
  return [...variables.values()]
}

function parseLine(content: string, at: { file: string; line: number }, findings: Findings): Variable | undefined {
  const [, name, written] = assignment.exec(content) ?? []
  if (name === undefined || written === undefined) {
    findings.problems.push({
      ...at,
      path: '',
      message: 'This line is no assignment.',
      remedy: 'Write NAME=value, or begin the line with #.',
    })
    return undefined
  }
  const value = unquote(written)
  if (value === undefined) {
    const remedy = 'Close the quote on the same line; only a comment may follow it. Write \\n for a line break between double quotes.'
    findings.problems.push({ ...at, path: name, message: 'The quoted value does not end as it should.', remedy })
    return undefined
  }
  return { ...at, name, value }
}

/** Single quotes keep everything; double quotes know `\n`; without quotes a comment begins at a hash after a space. */
function unquote(written: string): string | undefined {
  if (written.startsWith("'")) return singleQuoted.exec(written)?.[1]
  if (!written.startsWith('"')) return written.replace(/(?:^|\s+)#.*$/s, '')
  return doubleQuoted.exec(written)?.[1]?.replace(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter)
}
