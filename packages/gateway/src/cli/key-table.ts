/** What `keywheel keys` shows to a person: a table of keys, under each its rests, and what came of an action. */
import type { ActionResult, ListedKey, ListedRest, TestedKey } from './stats-reader.ts'

/** Told apart by shape, since colours are not everywhere and not for everybody. */
const chips: Readonly<Record<string, string>> = {
  active: '● ready',
  mixed: '◐ some models rest',
  cooldown: '○ resting',
  exhausted: '◌ used up',
  dead: '✕ dead',
  disabled: '– disabled',
}

const heads = ['PROVIDER', 'ID', 'KEY', 'TIER', 'PRIORITY', 'STATE']

export function keyTable(keys: readonly ListedKey[]): string {
  if (keys.length === 0) return 'There are no keys. Add one such as GROQ_API_KEY=… to .env and start the gateway again.\n'
  const rows = keys.map(({ provider, id, label, tier, priority, status }) => [provider, id, label, tier, priority, chips[status] ?? status])
  const lines = aligned([heads, ...rows])
  const shown = keys.flatMap((key, index) => [lines[index + 1] ?? '', ...key.rests.map(restLine)])
  return `${[lines[0], ...shown].join('\n')}\n`
}

function restLine({ model, state, reason, source, remainingSeconds, until }: ListedRest): string {
  const what = model === '*' ? 'the key as a whole' : model
  const why = [reason, sources[source] ?? source].filter((part) => part !== '').join(', ')
  const when = remainingSeconds === undefined ? '' : `, ${ending(remainingSeconds, until)}`
  return `    ${what}: ${state}${why === '' ? '' : ` (${why})`}${when}`
}

/** Who says how long. */
const sources: Readonly<Record<string, string>> = {
  hint: 'as the provider told',
  growing: 'growing with each failure',
  cap: 'by your cap',
  operator: '',
  provider: 'by the provider’s limit',
  learnt: 'as its refusals taught',
  'fair-cycle': 'until the others are used up too',
}

function ending(remainingSeconds: number, until: number | undefined): string {
  if (remainingSeconds <= 0) return 'the next call tests it'
  const clock = until === undefined ? '' : ` at ${new Date(until * 1000).toLocaleTimeString('en-GB')}`
  return `back in ${lengthOf(remainingSeconds)}${clock}`
}

/** The two largest units say enough. */
function lengthOf(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.ceil(seconds) % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  return parts
    .slice(first, first + 2)
    .flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : []))
    .join(' ')
}

export function describeResult({ message, tested }: ActionResult): string {
  const lines = aligned(tested.map(testedRow))
  return `${[...lines, message].join('\n')}\n`
}

function testedRow({ provider, id, label, ok, status, latencyMs, message }: TestedKey): string[] {
  const took = latencyMs === undefined ? '' : `${latencyMs} ms`
  return [provider, id, label, outcomeOf(ok), status, took, message]
}

function outcomeOf(ok: boolean | undefined): string {
  if (ok === undefined) return '? not tested'
  return ok ? '● ok' : '✕ failed'
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
