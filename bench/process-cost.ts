/** What a process has cost so far, from the operating system: CPU time of all its threads, and memory. */
import { readFileSync, readdirSync } from 'node:fs'

/** Microseconds of CPU, user and system together; undefined where the system does not tell. */
export function cpuMicros(pid: number): number | undefined {
  try {
    let nanos = 0
    // Nanoseconds a thread; the 10 ms ticks of /proc/PID/stat are too coarse for a proxy that sleeps most of the time.
    for (const thread of readdirSync(`/proc/${pid}/task`))
      nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    return nanos / 1000
  } catch {
    return undefined
  }
}

export interface MemoryKb {
  readonly now: number
  readonly peak: number
}

/** Kilobytes of resident memory. */
export function memoryKb(pid: number): MemoryKb | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN)
    return { now: read('VmRSS'), peak: read('VmHWM') }
  } catch {
    return undefined
  }
}
