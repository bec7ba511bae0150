/** The results as Markdown, aligned so that a terminal shows them well too. */
import type { Cell, Summary } from './experiment.ts'
import type { OutageResult } from './outage.ts'
import type { Replay } from './replay.ts'
import type { SchedulerName } from './schedulers/scheduler.ts'
import { median } from '../statistics.ts'

/** What is asked of the keyring. */
const wanted = { goodput: 0.95, avoidable: 0.01, loadShare: 1.2, recoveryMs: 10_000 } as const

const titles: Readonly<Record<SchedulerName, string>> = {
  omniscient: 'omniscient',
  keywheel: 'Keywheel',
  'round-robin': 'round robin',
  'cooldown-retry': '5 s cooldown',
}

const others: readonly SchedulerName[] = ['round-robin', 'cooldown-retry']

/** Answered calls beside the omniscient scheduler's. */
export function goodputTable(cells: readonly Cell[]): string {
  const head = [
    'pool',
    'load',
    'omniscient of bound',
    'Keywheel',
    'worst seed',
    'of tokens',
    ...others.map((name) => titles[name]),
    '≥ 95 %',
  ]
  return aligned([
    head,
    ...cells.map(({ variant, load, summaries }) => {
      const own = summaries.get('keywheel')
      return [
        variant,
        load,
        percent(summaries.get('omniscient')?.ofBound),
        percent(own?.goodput),
        percent(own?.worstGoodput),
        percent(own?.tokenGoodput),
        ...others.map((name) => percent(summaries.get(name)?.goodput)),
        metOf(own, (summary) => summary.goodput >= wanted.goodput),
      ]
    }),
  ])
}

/** Calls that saw a 429 which another key could have avoided, and what that costs. */
export function refusalTable(cells: readonly Cell[]): string {
  const head = ['pool', 'load', 'Keywheel', 'worst seed', ...others.map((name) => titles[name]), 'any 429', 'requests per answer']
  return aligned([
    [...head, 'wait p50', 'wait p95', 'evenness', '≤ 1 %'],
    ...cells.map(({ variant, load, summaries }) => {
      const own = summaries.get('keywheel')
      return [
        variant,
        load,
        percent(own?.avoidable, 2),
        percent(own?.worstAvoidable, 2),
        ...others.map((name) => percent(summaries.get(name)?.avoidable, 2)),
        percent(own?.limited, 2),
        own?.requestsPerAnswer.toFixed(2) ?? '',
        seconds(own?.waitP50Ms),
        seconds(own?.waitP95Ms),
        own?.fairness.toFixed(2) ?? '',
        metOf(own, (summary) => summary.avoidable <= wanted.avoidable),
      ]
    }),
  ])
}

/** Medians over the seeds, with the worst behind them. */
export function outageTable(results: ReadonlyMap<string, readonly OutageResult[]>): string {
  const head = [
    'providers',
    'requests to it per call',
    'requests to all per call',
    'recovery',
    'load back on it',
    'answered meanwhile',
    'answered after',
  ]
  return aligned([
    [...head, '≤ 1.2 and < 10 s'],
    ...[...results].map(([title, runs]) => {
      const worst = (field: keyof OutageResult): number => Math.max(...runs.map((one) => one[field]))
      const middle = (field: keyof OutageResult): number => median(runs.map((one) => one[field]))
      const isMet = worst('loadShare') <= wanted.loadShare && worst('recoveryMs') < wanted.recoveryMs
      return [
        title,
        `${middle('loadShare').toFixed(3)} (${worst('loadShare').toFixed(3)})`,
        `${middle('allLoadShare').toFixed(3)} (${worst('allLoadShare').toFixed(3)})`,
        `${seconds(middle('recoveryMs'))} (${seconds(worst('recoveryMs'))})`,
        `${seconds(middle('returnMs'))} (${seconds(worst('returnMs'))})`,
        percent(middle('answeredDuring')),
        percent(middle('answeredAfter')),
        isMet ? 'yes' : '**no**',
      ]
    }),
  ])
}

export function replayTable(replays: readonly Replay[]): string {
  return aligned([
    ['seed', 'calls', 'answered', 'events', 'virtual time', 'violations', 'SHA-256 of the event log'],
    ...replays.map(({ seed, run, violations }) => [
      `${seed}`,
      `${run.calls}`,
      percent(run.answered / run.calls),
      `${run.events}`,
      `${(run.virtualMs / 3_600_000).toFixed(1)} h`,
      `${violations.length}`,
      `\`${run.hash}\``,
    ]),
  ])
}

function metOf(summary: Summary | undefined, isMet: (summary: Summary) => boolean): string {
  if (summary === undefined) return ''
  return isMet(summary) ? 'yes' : '**no**'
}

function percent(share: number | undefined, digits = 1): string {
  return share === undefined || Number.isNaN(share) ? '' : `${(100 * share).toFixed(digits)} %`
}

function seconds(ms: number | undefined): string {
  return ms === undefined || Number.isNaN(ms) ? '' : `${(ms / 1000).toFixed(1)} s`
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head, ...body] = rows.map(line)
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n')
}
