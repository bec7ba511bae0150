/** The log: JSON lines, a level for each component, only fields from a list, and never a wait for whoever reads it. */
import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { scrub } from '../domain/scrub.ts'
import { printable } from './log-fields.ts'
import type { LogFields } from './log-fields.ts'

export type { LogFields } from './log-fields.ts'
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type WritableLevel = Exclude<LogLevel, 'silent'>

/** Writes lines of one component. */
export interface ComponentLog {
  /** Ask before building costly fields. */
  isOn(level: WritableLevel): boolean
  write(level: WritableLevel, fields: LogFields, message: string): void
}

export interface Log {
  /** `http`, `router`, `providers`, `keys`, `stream`, `usage`, `config`, `models` or any other; has the level configured for it, else `default`. */
  component(name: string): ComponentLog
  /** Lines that were given up because nobody read them. */
  readonly dropped: number
  /** Writes what is buffered; waits 1 second at most, then gives the rest up. Lines written later are dropped. */
  close(): Promise<void>
}

export interface LogOptions {
  /** `default` and components; `info` where nothing is said. */
  readonly levels: Readonly<Record<string, LogLevel>>
  /** A file descriptor, such as 1 for stdout, a path, or whatever takes lines. */
  readonly destination: number | string | LineTaker
}

export interface LineTaker {
  write(line: string): unknown
}

export function createLog(options: LogOptions): Log {
  const { levels, destination } = options
  const sink = typeof destination === 'object' ? takerSink(destination) : fileSink(destination)
  const root = pino(
    {
      level: levels['default'] ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    sink.stream,
  )
  const components = new Map<string, ComponentLog>()
  return {
    component(name) {
      const found = components.get(name) ?? componentLog(root, name, levels[name] ?? levels['default'] ?? 'info')
      components.set(name, found)
      return found
    },
    get dropped() {
      return sink.dropped()
    },
    close: () => sink.close(),
  }
}

function componentLog(root: Logger, component: string, level: LogLevel): ComponentLog {
  const logger = root.child({ component }, { level })
  return {
    isOn: (asked) => logger.isLevelEnabled(asked),
    write(asked, fields, message) {
      if (logger.isLevelEnabled(asked)) logger[asked](printable(fields), scrub(message))
    },
  }
}

interface Sink {
  readonly stream: DestinationStream
  dropped(): number
  close(): Promise<void>
}

const minBytes = 4096
const maxBytes = 4 * 1024 * 1024
const flushEveryMs = 1000
const closeWithinMs = 1000

/** Writes in the background, in blocks; what does not fit the buffer is dropped, so that a reader that stalls costs lines and not calls. */
function fileSink(dest: number | string): Sink {
  let dropped = 0
  let isClosed = false
  const file = pino.destination({ dest, sync: false, minLength: minBytes, maxLength: maxBytes, periodicFlush: flushEveryMs, mode: 0o600 })
  // At exit the library writes the rest synchronously, and would try for ever on a disk that is full or a pipe nobody reads.
  const giveUpAtExit = (): void => {
    file.flushSync = () => {}
  }
  file.on('drop', () => (dropped += 1))
  file.on('error', giveUpAtExit)
  const stream: DestinationStream = {
    write(line) {
      if (isClosed) dropped += 1
      else file.write(line)
    },
  }
  async function close(): Promise<void> {
    if (isClosed) return
    isClosed = true
    const { promise, resolve } = Promise.withResolvers<void>()
    file.once('close', resolve)
    const timer = setTimeout(resolve, closeWithinMs)
    file.end()
    await promise
    clearTimeout(timer)
    giveUpAtExit()
  }
  return { stream, dropped: () => dropped, close }
}

function takerSink(taker: LineTaker): Sink {
  return { stream: { write: (line) => void taker.write(line) }, dropped: () => 0, close: () => Promise.resolve() }
}
