/** The log: JSON lines, a level for each component, only fields from a list, and never a wait for whoever reads it. */
import { pino } from 'pino'
import type { Logger } from 'pino'
import { scrubbed } from '../domain/scrub.ts'
import { printable } from './log-fields.ts'
import type { LogFields } from './log-fields.ts'
import { sinkFor } from './log-sinks.ts'
import type { LineTaker, LogSink } from './log-sinks.ts'

export type { LogFields } from './log-fields.ts'
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type WritableLevel = Exclude<LogLevel, 'silent'>

/** What happened, its fields as a JSON object that is not empty, and the message for people; scrubbed, and nothing to escape. */
export interface WrittenEvent {
  readonly event: string
  readonly json: string
  readonly message: string
}

/** Writes lines of one component. */
export interface ComponentLog {
  /** Ask before building costly fields. */
  isOn(level: WritableLevel): boolean
  write(level: WritableLevel, fields: LogFields, message: string): void
  /** A line of an event that is JSON already and holds no secret: for the line that every call pays for. */
  writeEvent(level: WritableLevel, event: WrittenEvent): void
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

export function createLog(options: LogOptions): Log {
  const { levels, destination } = options
  const sink = sinkFor(destination)
  const root = pino(
    {
      level: levels['default'] ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line: string) => sink.write(line) },
  )
  const components = new Map<string, ComponentLog>()
  return {
    component(name) {
      const found =
        components.get(name) ?? componentLog({ root, sink, component: name, level: levels[name] ?? levels['default'] ?? 'info' })
      components.set(name, found)
      return found
    },
    get dropped() {
      return sink.dropped()
    },
    close: () => sink.close(),
  }
}

interface ComponentParts {
  readonly root: Logger
  readonly sink: LogSink
  readonly component: string
  readonly level: LogLevel
}

function componentLog({ root, sink, component, level }: ComponentParts): ComponentLog {
  const logger = root.child({ component }, { level })
  return {
    isOn: (asked) => logger.isLevelEnabled(asked),
    write(asked, fields, message) {
      if (logger.isLevelEnabled(asked)) logger[asked](printable(fields), scrubbed(message))
    },
    writeEvent(asked, { event, json, message }) {
      if (!logger.isLevelEnabled(asked)) return
      // As pino writes its own lines.
      const time = pino.stdTimeFunctions.isoTime()
      sink.write(`{"level":"${asked}"${time},"component":"${component}","event":"${event}",${json.slice(1, -1)},"msg":"${message}"}\n`)
    },
  }
}
