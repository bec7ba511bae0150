/** On what and of what a result was measured. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type as system } from 'node:os'

export interface Circumstances {
  readonly date: string
  /** Short hash; `+` behind it: with changes that are not committed. */
  readonly commit: string
  readonly node: string
  readonly system: string
  readonly cores: number
  readonly model: string
  readonly memoryGb: number
  /** Load of the machine before the start: above 0.3 others were at work, and ratios are all that can be trusted. */
  readonly loadBefore: number
}

/** Of the repository, what changes a measurement. */
const shippedSources: readonly string[] = [
  ':(top)packages',
  ':(top,exclude)packages/*/test',
  ':(top,exclude)*.test.ts',
  ':(top,exclude)packages/**/fixtures',
]

/** What holds at this moment. */
export function circumstances(): Circumstances {
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', ...shippedSources) === '' ? '' : '+'),
    node: process.versions.node,
    system: `${system()} ${release()}`,
    cores: processors.length,
    model: processors[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
