/** Reads what `node --cpu-prof` wrote: which functions the time was really spent in. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

interface ProfileNode {
  readonly id: number
  readonly children?: readonly number[]
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** A function and its share of the time that was not idle. */
export interface HotFunction {
  readonly where: string
  readonly share: number
}

/** A thread's hottest functions, by the time in themselves and by the time in all they call. */
export interface HotThread {
  readonly file: string
  readonly busyMs: number
  readonly byItself: readonly HotFunction[]
  readonly withCalled: readonly HotFunction[]
}

/** One entry for each thread whose profile lies in the folder, the busiest first. */
export function hotThreads(folder: string, most: number): readonly HotThread[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .map((file) => hotThread(file, readProfile(join(folder, file)), most))
    .toSorted((a, b) => b.busyMs - a.busyMs)
}

function readProfile(path: string): CpuProfile {
  const profile: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!isProfile(profile)) throw new Error(`${path} is no CPU profile.`)
  return profile
}

/** V8 writes nothing else; only the outline is looked at. */
function isProfile(value: unknown): value is CpuProfile {
  return typeof value === 'object' && value !== null && 'nodes' in value && 'samples' in value && 'timeDeltas' in value
}

function hotThread(file: string, profile: CpuProfile, most: number): HotThread {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])))
  const own = new Map<string, number>()
  const all = new Map<string, number>()
  let busy = 0
  for (const [index, id] of profile.samples.entries()) {
    const node = nodes.get(id)
    const micros = profile.timeDeltas[index] ?? 0
    if (node === undefined || isIdle(node)) continue
    busy += micros
    add(own, nameOf(node), micros)
    for (const name of stackOf(id, nodes, parents)) add(all, name, micros)
  }
  return { file, busyMs: busy / 1000, byItself: hottest(own, busy, most), withCalled: hottest(all, busy, most) }
}

function isIdle({ callFrame }: ProfileNode): boolean {
  return callFrame.functionName === '(idle)' || callFrame.functionName === '(root)'
}

function stackOf(id: number, nodes: ReadonlyMap<number, ProfileNode>, parents: ReadonlyMap<number, number>): ReadonlySet<string> {
  const names = new Set<string>()
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const node = nodes.get(at)
    if (node !== undefined && !isIdle(node)) names.add(nameOf(node))
  }
  return names
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.split('/').slice(-3).join('/')
  return `${functionName === '' ? '(anonymous)' : functionName}${file === '' ? '' : ` ${file}:${lineNumber + 1}`}`
}

function add(to: Map<string, number>, name: string, micros: number): void {
  to.set(name, (to.get(name) ?? 0) + micros)
}

function hottest(times: ReadonlyMap<string, number>, busy: number, most: number): HotFunction[] {
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([where, micros]) => ({ where, share: micros / busy }))
}
