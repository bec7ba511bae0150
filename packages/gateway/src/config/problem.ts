/** What is wrong with a configuration, where, and what to do about it. */

/** Where something is written: in a file, in a variable of the environment, on the command line. */
export interface Place {
  /** A file's name, `environment` or `command line`. */
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** `virtual_models.coding-elite.fallback_chain[1].provider`, or a variable's or flag's name. */
  readonly path: string
}

/** One thing that has to be put right before the gateway starts. Never holds a secret. */
export interface Problem extends Place {
  readonly message: string
  readonly remedy: string
}

/** What reading gathers: everything that is wrong at once, not only the first. */
export interface Findings {
  readonly problems: Problem[]
  readonly warnings: string[]
}

/** Thrown when the configuration is refused, which is always as a whole. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(`The configuration cannot be used.\n${describeProblems(problems)}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** File by file, and in each from the top; what has no line comes first. */
export function inReadingOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))]
  return problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  )
}

/** What people read, a line for each: `keywheel.yaml:3:5  server.hostt: Unknown field. Did you mean host?` */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `${describePlace(problem)}: ${problem.message} ${problem.remedy}`).join('\n')
}

/** `keywheel.yaml:3:5  server.host`, or as much of it as is known. */
function describePlace({ file, line, column, path }: Place): string {
  const position = [file, line, column].filter((part) => part !== undefined).join(':')
  return path === '' ? position : `${position}  ${path}`
}

/** `keywheel.yaml:12`, for people to find where a key or a model comes from. */
export const sourceOf = ({ file, line }: Place): string => (line === undefined ? file : `${file}:${line}`)
