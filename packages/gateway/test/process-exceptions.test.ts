import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, openSimulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { openCaller, question, saidIn } from './process/client.ts'
import type { Caller } from './process/client.ts'
import { runKeywheel } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'
import { assertEachAnswered, runLoad, tellingText } from './process/load.ts'
import { assertSound } from './process/sound.ts'
import { heldStream } from './process/streams.ts'
import { until } from './process/until.ts'

interface Scene {
  readonly program: Running
  readonly caller: Caller
  readonly release: () => void
}

/** The program with bugs in it (process/faulty.ts), of which the first is there from the start: a listener that throws at every call. */
async function openFaulty(t: TestContext): Promise<Scene> {
  const upstream = await openSimulator({ otherKeys: { reply: answer({ text: tellingText }) }, rememberCalls: 10 })
  t.after(() => upstream.close())
  const hold = Promise.withResolvers<void>()
  upstream.script('held-key-00000001', heldStream(hold.promise))
  const env = {
    NODE_OPTIONS: `--import=${new URL('process/faulty.ts', import.meta.url).href}`,
    ALPHA_API_BASE: upstream.url,
    ALPHA_API_KEY: 'a',
    HELD_API_BASE: upstream.url,
    HELD_API_KEY: 'held-key-00000001',
  }
  const program = await runKeywheel(t, { env })
  const caller = openCaller(program.origin)
  t.after(() => caller.close())
  return { program, caller, release: hold.resolve }
}

/** What the log says of exceptions: the event or the message, and the error's own words. */
function exceptionsIn({ out }: Running): readonly (readonly [string, string])[] {
  const lines = out()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"error":{'))
  return lines.map((line) => {
    const { event, msg, error } = JSON.parse(line) as { event?: string; msg: string; error: { message: string } }
    return [event ?? msg, error.message]
  })
}

async function ended(program: Running): Promise<number | null> {
  const { code } = await program.exited
  const path = join(program.directory, 'data', 'keywheel.db')
  assertSound(path)
  assert.deepEqual([...new Set(readCalls(path, { limit: 1000 }).map(({ end }) => end))], ['answered'])
  return code
}

test('F99 a bug in a listener, a hook, a promise or a callback costs its own call at most, and is told to the log', async (t) => {
  const { program, caller, release } = await openFaulty(t)
  const stream = caller.send('/v1/chat/completions', question('hello', { model: 'held/m', stream: true }))
  await stream.begun
  const inHook = await caller.send('/v1/chat/completions', question('hello'), { 'x-fault': 'hook' }).heard
  assert.equal(inHook.status, 500)
  assert.match(inHook.body, /"message":"Something went wrong inside the gateway\. .*"code":"internal_error"/)
  const atEdge = await fetch(`${program.origin}/v1/models`, { method: 'OPTIONS', headers: { origin: 'https://fault.example' } })
  assert.equal(atEdge.status, 500)
  assert.match(await atEdge.text(), /"code":"internal_error"/)
  for (let times = 0; times < 20; times++) {
    assert.equal((await caller.send('/fault/rejection').heard).status, 404)
    assert.equal((await caller.send('/fault/callback').heard).status, 404)
  }
  let begun = 0
  assertEachAnswered(await runLoad({ caller, model: 'alpha/m', concurrency: 5, goesOn: () => begun++ < 20 }))
  release()
  assert.equal(saidIn(await stream.heard).finished, true, 'a call that was under way has noticed nothing')
  program.kill('SIGTERM')
  assert.equal(await ended(program), 0)
  const told = Map.groupBy(exceptionsIn(program), ([where, what]) => `${where}: ${what}`)
  assert.deepEqual(Object.fromEntries([...told].map(([line, times]) => [line, times.length])), {
    'call.admitted: a bug in a listener': 21,
    'an exception that nobody expected: a bug in a hook': 1,
    'exception.uncaught: a bug in the edge': 1,
    'rejection.unhandled: a bug in a promise': 20,
    'exception.uncaught: a bug in a callback': 20,
  })
})

test('F99 where a failed assertion makes the state suspect, calls under way end whole, and the process ends with 70', async (t) => {
  const { program, caller, release } = await openFaulty(t)
  const stream = caller.send('/v1/chat/completions', question('hello', { model: 'held/m', stream: true }))
  await stream.begun
  await caller.send('/fault/assertion').heard
  await until('health to say that it stops', async () => (await caller.send('/health').heard).status === 503)
  assert.equal((await caller.chat(question('too late'))).status, 503)
  release()
  assert.equal(saidIn(await stream.heard).finished, true)
  assert.equal(await ended(program), 70)
  assert.deepEqual(exceptionsIn(program).at(-1), ['exception.uncaught', 'a bug that an assertion has found'])
})
