/**
 * What the process uses, under the names that dashboards for Node.js expect. prom-client's own collection starts two
 * observers that cannot be stopped and lists every open file synchronously, so it is not used.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'

/** Gives the function that stops the measuring. */
export function collectProcessMetrics(registry: Registry): () => void {
  const registers = [registry]
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of the process, all threads, in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      cpu.reset()
      cpu.inc((user + system) / 1e6)
    },
  })
  const memory: Gauge = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory in bytes.',
    registers,
    collect: () => memory.set(process.memoryUsage.rss()),
  })
  const heap: Gauge = new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'JavaScript heap in use, in bytes.',
    registers,
    collect: () => heap.set(process.memoryUsage().heapUsed),
  })
  const external: Gauge = new Gauge({
    name: 'nodejs_external_memory_bytes',
    help: 'Memory of buffers and native objects outside the heap, in bytes.',
    registers,
    collect: () => external.set(process.memoryUsage().external),
  })
  new Gauge({ name: 'process_start_time_seconds', help: 'Start of the process, in seconds since the Unix epoch.', registers }).set(
    Math.round(performance.timeOrigin) / 1000,
  )
  new Gauge({ name: 'nodejs_version_info', help: 'Always 1; the version is in the label.', labelNames: ['version'], registers }).set(
    { version: process.version },
    1,
  )
  return collectEventLoopDelay(registers)
}

function collectEventLoopDelay(registers: Registry[]): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const gauge = new Gauge({
    name: 'keywheel_event_loop_delay_seconds',
    help: 'How late the event loop was since the last reading, in seconds; by quantile, 1 is the worst.',
    labelNames: ['quantile'],
    registers,
    collect() {
      // Nothing was measured yet where the count is 0: the library would give NaN and the largest integer.
      const isEmpty = delay.count === 0
      gauge.set({ quantile: '0.5' }, isEmpty ? 0 : delay.percentile(50) / 1e9)
      gauge.set({ quantile: '0.99' }, isEmpty ? 0 : delay.percentile(99) / 1e9)
      gauge.set({ quantile: '1' }, isEmpty ? 0 : delay.max / 1e9)
      delay.reset()
    },
  })
  return () => void delay.disable()
}
