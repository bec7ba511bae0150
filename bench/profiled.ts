/** Runs shapes against the gateway alone, under Node's profiler, and prints where its time goes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gatewayWith } from './contenders/gateway.ts'
import { hotThreads } from './profile.ts'
import type { HotFunction, HotThread } from './profile.ts'
import type { Shape } from './shapes/shape.ts'

const most = 30
/** Threads that did less are not worth a page. */
const leastBusyMs = 100

export async function runProfiled(shapes: readonly Shape[], isQuick: boolean): Promise<void> {
  for (const shape of shapes) {
    const folder = mkdtempSync(join(tmpdir(), 'keywheel-profile-'))
    try {
      await shape.run({ contenders: [gatewayWith(['--cpu-prof', `--cpu-prof-dir=${folder}`])], isQuick })
      print(shape, hotThreads(folder, most))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function print({ id }: Shape, threads: readonly HotThread[]): void {
  for (const { file, busyMs, byItself, withCalled } of threads) {
    if (busyMs < leastBusyMs) continue
    console.log(`\n${id}, ${file}: busy ${Math.round(busyMs)} ms\n\nin the function itself\n${listOf(byItself)}`)
    console.log(`\nwith all it calls\n${listOf(withCalled)}`)
  }
}

function listOf(functions: readonly HotFunction[]): string {
  return functions.map(({ where, share }) => `${(share * 100).toFixed(1).padStart(5)} %  ${where}`).join('\n')
}
