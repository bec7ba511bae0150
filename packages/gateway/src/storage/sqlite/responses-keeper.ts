/** The thread that keeps answers: SQLite blocks the thread it runs on, and a disk may be busy. */
import { parentPort, workerData } from 'node:worker_threads'
import { cautiousWall, writerClock } from './clock.ts'
import { ResponsesDatabase } from './responses-database.ts'
import { readKeeperData } from './responses-messages.ts'
import type { KeeperAsk, KeeperData, KeeperFound, KeeperSays, Numbered } from './responses-messages.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Rows deleted in one go, so that nobody waits long behind it. */
const batchRows = 200

start(readKeeperData(workerData))

function start({ path, retentionDays }: KeeperData): void {
  const port = parentPort
  if (port === null) throw new Error('Answers are kept on a thread of its own')
  const database = new ResponsesDatabase(path)
  const wallNow = cautiousWall(writerClock)
  let dueAt = -Infinity
  const forget = (): KeeperFound => {
    if (writerClock.now() < dueAt) return {}
    const forgotten = database.forget(wallNow() - retentionDays * dayMs, batchRows)
    if (forgotten < batchRows) dueAt = writerClock.now() + hourMs
    return {}
  }
  const timer = setInterval(() => void attempted(forget), hourMs)
  port.on('message', ({ number, ask }: Numbered) => {
    port.postMessage({ number, ...attempted(() => answer(database, ask)) } satisfies KeeperSays)
    if (ask.is === 'put') attempted(forget)
    if (ask.is !== 'close') return
    clearInterval(timer)
    port.close()
  })
}

function answer(database: ResponsesDatabase, ask: KeeperAsk): KeeperFound {
  switch (ask.is) {
    case 'put':
      database.put(ask.kept)
      return {}
    case 'get': {
      const kept = database.get(ask.caller, ask.id)
      return { kept: kept === undefined ? [] : [kept] }
    }
    case 'conversation':
      return { kept: database.conversation(ask.caller, ask.id) }
    case 'holding':
      return { kept: database.holding(ask.caller, ask.itemIds) }
    case 'delete':
      return { deleted: database.delete(ask.caller, ask.id) }
    case 'close':
      database.close()
      return {}
  }
}

function attempted(work: () => KeeperFound): Omit<KeeperSays, 'number'> {
  try {
    return { found: work() }
  } catch (error) {
    return { trouble: error instanceof Error ? error.message : String(error) }
  }
}
