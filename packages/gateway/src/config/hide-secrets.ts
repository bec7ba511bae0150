/** The last look at everything that will be printed: whatever is known or looks like a secret is taken out. */
import type { ConfigFile } from './config-file.ts'
import type { Environment } from './environment.ts'
import type { Findings, Problem } from './problem.ts'

/** Shorter texts occur in ordinary words. */
const shortestSecret = 6

const secretName = /(?:KEY|KEYS|TOKEN|SECRET|PASSWORD|PASS|CREDENTIALS?|AUTH|PROXY_API_KEY)(?:_\d+)?$/i

/** Names are repeated in messages, and a secret may have been written where a name belongs. */
const lookLikeSecrets =
  /\b(?:sk|gsk|xai|csk|pk|rk|hf|nvapi|pplx|fw|tgp|ghp|github_pat)[-_][A-Za-z0-9_-]{12,}|\bAIza[A-Za-z0-9_-]{12,}|[A-Za-z0-9]{24,}/g

/** Findings that are safe to print, each once. */
export function hideSecrets(findings: Findings, environment: Environment, file: ConfigFile): Findings {
  const secrets = knownSecrets(environment, file)
  const hide = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text).replace(lookLikeSecrets, '[secret]')
  const problems = findings.problems.map((problem) => hideIn(problem, hide))
  return { problems: once(problems), warnings: [...new Set(findings.warnings.map(hide))] }
}

const hideIn = (problem: Problem, hide: (text: string) => string): Problem => ({
  ...problem,
  path: hide(problem.path),
  message: hide(problem.message),
  remedy: hide(problem.remedy),
})

const once = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
]

/** Longest first, so that a part of one does not spoil the whole of another. */
function knownSecrets(environment: Environment, file: ConfigFile): readonly string[] {
  const fromEnvironment = [...environment.values()]
    .filter(({ name }) => secretName.test(name) || file.variablesUsed.has(name))
    .flatMap(({ value }) => [value].concat(value.split(',')).map((text) => text.trim()))
  const texts = new Set([...fromEnvironment, ...file.secretTexts].filter((text) => text.length >= shortestSecret))
  return [...texts].toSorted((a, b) => b.length - a.length)
}
