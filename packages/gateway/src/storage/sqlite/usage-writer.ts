/**
 * The usage writer's thread: takes the journal over into the database a few times a second, keeps the health of providers in the same
 * database, and forgets what is too old.
 */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { writerClock } from './clock.ts'
import { segmentsIn } from '../../usage/journal-files.ts'
import { JournalTail } from '../../usage/journal-tail.ts'
import { lockDataDirectory } from './data-lock.ts'
import { HealthKeeper } from './health-keeper.ts'
import { readWriterData } from './writer-messages.ts'
import type { WriterAsk, WriterData, WriterSays } from './writer-messages.ts'
import { Retention } from './retention.ts'
import { SqliteUsageLog } from './sqlite-usage-log.ts'

const roundEveryMs = 250
/** After a round that failed, such as on a full disk. */
const roundAfterFailureMs = 2000

start(readWriterData(workerData))

function start(data: WriterData): void {
  const port = parentPort
  if (port === null) throw new Error('The usage writer runs on a thread of its own')
  const say = (message: WriterSays): void => port.postMessage(message)
  try {
    const lock = lockDataDirectory(data.dataDirectory)
    const path = join(data.dataDirectory, 'keywheel.db')
    const log = new SqliteUsageLog(path)
    const health = new HealthKeeper({ path, retentionDays: data.healthRetentionDays })
    const firstSegment = Math.max(log.cursor.segment, segmentsIn(data.directory).at(-1) ?? 0) + 1
    const tail = new JournalTail({ directory: data.directory, log, firstSegment })
    const retention = new Retention({ log, days: data.retentionDays, clock: writerClock })
    say({ is: 'ready', firstSegment })
    let timer = setTimeout(round, 0)

    function round(): void {
      timer = setTimeout(round, attempted(() => takeOver(tail, say), say) ? roundEveryMs : roundAfterFailureMs)
      attempted(() => retention.run(), say)
      attempted(() => health.run(), say)
    }

    port.on('message', (ask: WriterAsk) => {
      if (ask.is === 'put-health') return health.put(ask.rows)
      if (ask.is === 'read-health') return say(readHealth(health, ask))
      clearTimeout(timer)
      attempted(() => tail.finish(), say)
      attempted(() => health.close(), say)
      attempted(() => log.close(), say)
      lock.release()
      say({ is: 'closed' })
      port.close()
    })
  } catch (error) {
    say({ is: 'refused', message: messageOf(error) })
  }
}

function readHealth(health: HealthKeeper, { number, since, provider }: Extract<WriterAsk, { is: 'read-health' }>): WriterSays {
  try {
    return { is: 'health', number, rows: health.read(since, provider) }
  } catch (error) {
    return { is: 'health', number, message: messageOf(error) }
  }
}

function takeOver(tail: JournalTail, say: (message: WriterSays) => void): void {
  const { damaged } = tail.run()
  if (damaged > 0) say({ is: 'trouble', message: `The usage journal has ${damaged} lines that cannot be read; they were skipped` })
}

function attempted(work: () => void, say: (message: WriterSays) => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    say({ is: 'trouble', message: `The usage database does not take rows, which wait in the journal: ${messageOf(error)}` })
    return false
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
