import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { answer, openSimulator } from '@keywheel/simulator'
import { readCalls } from '../src/storage/sqlite/read-calls.ts'
import { openCaller, question } from './process/client.ts'
import type { Heard } from './process/client.ts'
import { runKeywheel } from './process/keywheel.ts'
import type { Running } from './process/keywheel.ts'
import { assertEachAnswered, runLoad, tellingText } from './process/load.ts'
import { metricIn } from './process/metrics.ts'
import { assertSound } from './process/sound.ts'
import { heldStream } from './process/streams.ts'
import { until } from './process/until.ts'

const skip = process.platform !== 'linux' && 'descriptors are limited by the shell'
const clients = 1000

interface Scene {
  readonly program: Running
  readonly release: () => void
}

/** A provider whose streams of one key stand in the middle, and a gateway that may have 256 descriptors. */
async function openScene(t: TestContext): Promise<Scene> {
  const upstream = await openSimulator({ otherKeys: { reply: answer({ text: tellingText }) }, rememberCalls: 10 })
  t.after(() => upstream.close())
  const hold = Promise.withResolvers<void>()
  upstream.script('held-key-00000001', heldStream(hold.promise))
  const env = { ALPHA_API_BASE: upstream.url, ALPHA_API_KEY: 'a', HELD_API_BASE: upstream.url, HELD_API_KEY: 'held-key-00000001' }
  return { program: await runKeywheel(t, { env, descriptors: 256 }), release: hold.resolve }
}

/** Health and metrics, each on a connection of its own, as a balancer and Prometheus ask. */
async function assertTells({ origin }: Running): Promise<void> {
  const caller = openCaller(origin)
  const [health, metrics] = await Promise.all([caller.send('/health').heard, caller.send('/metrics').heard])
  caller.close()
  assert.equal(health.status, 200)
  assert.equal(metrics.status, 200)
  assert.equal(metricIn(metrics.body, 'keywheel_usage_dropped_lines'), 0)
}

/** Nothing of the crowd is left: calls are answered as on the first day. */
async function assertServes(program: Running): Promise<void> {
  const caller = openCaller(program.origin)
  let begun = 0
  assertEachAnswered(await runLoad({ caller, model: 'alpha/m', concurrency: 10, goesOn: () => begun++ < 50 }))
  caller.close()
}

test(
  'F96 a thousand callers with 256 descriptors: some are served, the others refused, and health and metrics stay within reach',
  { skip },
  async (t) => {
    const { program, release } = await openScene(t)
    const caller = openCaller(program.origin)
    t.after(() => caller.close())
    const heard: Heard[] = []
    for (let count = 0; count < clients; count++) {
      void caller.chat(question('hello', { model: 'held/m', stream: true })).then((each) => heard.push(each))
    }
    const open = await until('as many streams as there is room for, and no other', async () => {
      await assertTells(program)
      const held = clients - heard.length
      return held < 100 && held
    })
    const refused = heard.filter(({ status }) => status === 503)
    t.diagnostic(`${open} streams, ${refused.length} refused with 503, ${heard.filter(({ status }) => status === 0).length} reset`)
    assert.ok(open >= 60)
    for (const { status, body, headers } of heard) {
      assert.ok(status === 503 || status === 0, `${status} ${body}`)
      if (status === 503) assert.match(`${headers['retry-after']} ${body}`, /^1 .*"code":"server_busy"/)
    }
    release()
    await until('the streams to end', () => heard.length === clients)
    assert.equal(heard.filter(({ complete, status }) => complete && status === 200).length, open)
    await assertServes(program)
    await assertEnds(program, open + 50)
  },
)

test('F96 a thousand connections on which nobody asks do not keep out those who do', { skip }, async (t) => {
  const { program } = await openScene(t)
  const silent: Socket[] = []
  t.after(() => silent.forEach((socket) => socket.destroy()))
  for (let count = 0; count < clients; count++) silent.push(openSilent(program.port))
  await until('all to be connected or cut', () => silent.every(({ readyState, destroyed }) => destroyed || readyState === 'open'))
  await assertTells(program)
  await assertServes(program)
  await assertEnds(program, 50)
})

function openSilent(port: number): Socket {
  return connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .resume()
}

async function assertEnds(program: Running, calls: number): Promise<void> {
  assert.equal(program.err(), '')
  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 0, signal: null })
  const path = join(program.directory, 'data', 'keywheel.db')
  assertSound(path)
  assert.equal(readCalls(path, { limit: 10_000 }).filter(({ end }) => end === 'answered').length, calls)
}
