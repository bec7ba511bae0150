/** Where log lines go. Whatever happens there, a write returns at once: a reader that stalls costs lines, not calls. */
import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { pino } from 'pino'

export interface LogSink {
  write(line: string): void
  /** Lines that were given up. */
  dropped(): number
  /** Writes what is buffered; gives up after a second. */
  close(): Promise<void>
}

export interface LineTaker {
  write(line: string): unknown
}

/** A file descriptor such as 1, a path, or whatever takes lines. */
export function sinkFor(destination: number | string | LineTaker): LogSink {
  if (typeof destination === 'object') return takerSink(destination)
  const pipe = typeof destination === 'number' ? pipeTo(destination) : undefined
  return pipe === undefined ? fileSink(destination) : pipeSink(pipe)
}

/** Bytes that are collected before a write; a second passes at most. Each write is a trip to another thread. */
const minBytes = 16_000
/** Bytes that are kept for a reader that is slow. */
const maxBytes = 4 * 1024 * 1024
const flushEveryMs = 1000
const closeWithinMs = 1000

function takerSink(taker: LineTaker): LogSink {
  return { write: (line) => void taker.write(line), dropped: () => 0, close: () => Promise.resolve() }
}

/** Files and terminals: written by a thread of libuv, in blocks. */
function fileSink(dest: number | string): LogSink {
  let dropped = 0
  let isClosed = false
  const file = pino.destination({ dest, sync: false, minLength: minBytes, maxLength: maxBytes, periodicFlush: flushEveryMs, mode: 0o600 })
  // At exit the library writes the rest synchronously, and would try for ever on a disk that is full.
  const giveUpAtExit = (): void => {
    file.flushSync = () => {}
  }
  file.on('drop', () => (dropped += 1))
  file.on('error', (error: Error) => {
    giveUpAtExit()
    // A pipe whose reader was gone before the start. The library makes its own `write` do nothing then, and tells nobody.
    if ('code' in error && error.code === 'EPIPE') isClosed = true
  })
  return {
    write(line) {
      if (isClosed) dropped += 1
      else file.write(line)
    },
    dropped: () => dropped,
    async close() {
      if (isClosed) return
      isClosed = true
      await settledWithin((done) => {
        file.once('close', done)
        file.end()
      })
      giveUpAtExit()
    },
  }
}

interface Pipe {
  readonly fd: number
  readonly stream: Writable
  /** Closed with the log; those of the process stay open. */
  readonly isOurs: boolean
}

/**
 * A way to the same reader that never blocks, when it is a pipe or a socket. Writing by a thread would do while the reader
 * reads; when it stalls, the thread never comes back, and the process cannot exit because exiting waits for its threads.
 */
function pipeTo(fd: number): Pipe | undefined {
  try {
    const stat = fstatSync(fd)
    if (stat.isFIFO()) {
      // Opened anew, because not to block is a property that all users of an open pipe share.
      const ours = openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
      return { fd: ours, stream: new Socket({ fd: ours, readable: false, writable: true }), isOurs: true }
    }
    if (stat.isSocket() && fd === 1) return { fd, stream: process.stdout, isOurs: false }
    if (stat.isSocket() && fd === 2) return { fd, stream: process.stderr, isOurs: false }
  } catch {
    // Such as a pipe of another user: the thread has to do.
  }
  return undefined
}

function pipeSink({ fd, stream, isOurs }: Pipe): LogSink {
  let text = ''
  let lines = 0
  let dropped = 0
  let isOver = false
  const flush = (): void => {
    if (text !== '') stream.write(text)
    text = ''
    lines = 0
  }
  const timer = setInterval(flush, flushEveryMs).unref()
  const lastWords = (): void => {
    if (!isOver && text !== '') attempt(() => writeSync(fd, text))
  }
  const end = (): void => {
    isOver = true
    dropped += lines
    clearInterval(timer)
    process.off('exit', lastWords)
  }
  process.once('exit', lastWords)
  stream.on('error', end)
  return {
    write(line) {
      if (isOver || stream.writableLength + text.length > maxBytes) {
        dropped += 1
        return
      }
      text += line
      lines += 1
      if (text.length >= minBytes) flush()
    },
    dropped: () => dropped,
    async close() {
      if (isOver) return
      flush()
      end()
      await settledWithin((done) => stream.write('', () => done()))
      if (isOurs) stream.destroy()
    },
  }
}

/** Waits until it is done, or for a second. */
async function settledWithin(start: (done: () => void) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, closeWithinMs)
  start(resolve)
  await promise
  clearTimeout(timer)
}

function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // The reader is gone or stalls; there is nobody left to tell.
  }
}
