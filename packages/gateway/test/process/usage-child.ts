/** A gateway in miniature for the kill test: accepts and ends calls as fast as it can, and tells on stdout what it has promised. */
import { writeSync } from 'node:fs'
import { settledCall } from '../../src/domain/usage.ts'
import type { CallOpening, CallRecord } from '../../src/domain/usage.ts'
import { openUsage } from '../../src/storage/sqlite/open-usage.ts'

const [dataDirectory = '', round = ''] = process.argv.slice(2)
const journal = await openUsage({ dataDirectory, retentionDays: 3650, announce: (message) => process.stderr.write(`${message}\n`) })

for (let caller = 0; caller < 8; caller += 1) void callFor(caller)
process.send?.('begun')

async function callFor(caller: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const id = `${round}-${caller}-${count}`
    await journal.opened(opening(id))
    // Its line came before this opening's, so the end of the last call is out too.
    writeSync(1, count > 0 ? `s ${round}-${caller}-${count - 1}\no ${id}\n` : `o ${id}\n`)
    journal.settled(settledCall(record(id)))
  }
}

function opening(id: string): CallOpening {
  return { id, startedAt: Date.now(), operation: 'chat', dialect: 'openai-chat', asked: 'm', stream: false, caller: 'c' }
}

function record(id: string): CallRecord {
  return {
    ...opening(id),
    end: 'answered',
    status: 200,
    totalMs: 1,
    attempts: [],
    usage: { inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 20, reasoningTokens: 0, source: 'provider' },
  }
}
