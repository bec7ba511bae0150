/** The table: printed, and written beside the figures as JSON. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContenderName } from './contenders/contender.ts'
import type { Figure } from './figures.ts'
import type { Circumstances } from './machine.ts'
import type { Shape } from './shapes/shape.ts'

export interface Result {
  readonly circumstances: Circumstances
  readonly shapes: readonly Shape[]
  readonly figures: readonly Figure[]
  /** Who did not take part, and why. */
  readonly missing: readonly string[]
}

const columns: readonly (readonly [string, ContenderName])[] = [
  ['Keywheel', 'gateway'],
  ['same dialect', 'passing'],
  ['bare', 'bare'],
  ['nginx', 'nginx'],
  ['Portkey', 'portkey'],
  ['mock alone', 'mock'],
]

/** Markdown whose columns are aligned, to be read in a terminal as well. */
export function tableOf(figures: readonly Figure[]): string {
  const head = ['shape', 'figure', ...columns.map(([title]) => title), 'target', 'measured', 'met']
  const rows = figures.map((figure) => [
    figure.shape,
    `${figure.what}, ${figure.unit}`,
    ...columns.map(([, name]) => shown(figure.values[name])),
    figure.targets.map(({ wanted }) => wanted).join('; '),
    figure.targets.map(({ got }) => shown(got)).join('; '),
    figure.targets.map(({ isMet }) => (isMet ? 'yes' : '**no**')).join('; '),
  ])
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** Three digits that mean something. */
function shown(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return ''
  return Math.abs(value) >= 1000 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString()
}

/** Writes `bench/results/DATE-COMMIT.md` and `.json`; gives the path of the first. */
export function save(result: Result): string {
  const folder = join(import.meta.dirname, 'results')
  const { date, commit } = result.circumstances
  const path = join(folder, `${date}-${commit.replace('+', '-changed')}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${path}.md`, documentOf(result))
  writeFileSync(
    `${path}.json`,
    `${JSON.stringify({ ...result.circumstances, missing: result.missing, figures: result.figures }, undefined, 2)}\n`,
  )
  return `${path}.md`
}

function documentOf({ circumstances, shapes, figures, missing }: Result): string {
  const { date, commit, node, system, cores, model, memoryGb, loadBefore } = circumstances
  return `# Benchmark of ${date}, commit ${commit}

${cores} × ${model}, ${memoryGb} GB, ${system}, Node ${node}; load of the machine before the start ${loadBefore}.
Load tool, mock provider and contenders share these cores. Medians over the rounds; targets compare paired rounds.
${missing.map((line) => `\nNot measured: ${line}.`).join('')}
${tableOf(figures)}

${shapes.map(({ id, title }) => `- ${id}: ${title}`).join('\n')}
`
}
