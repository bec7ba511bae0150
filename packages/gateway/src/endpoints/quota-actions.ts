/** What an operator can do to keys while the gateway runs, and what is told of it afterwards. */
import type { OwnRooms } from './endpoint.ts'
import type { ChosenKey, QuotaAction, QuotaAsk } from './quota-ask.ts'

type Told = Readonly<Record<string, unknown>> & { readonly success: boolean; readonly message: string }

/** `by` is who asks, as people are shown it. */
interface Doing {
  readonly ask: QuotaAsk
  readonly rooms: OwnRooms
  readonly by: string
}

/** Does it, and gives what the answer says of it beside the quota page. */
export async function carryOut(doing: Doing): Promise<Told> {
  const { ask, rooms } = doing
  const startedAt = rooms.now()
  const told = await deeds[ask.action](doing)
  const { action, scope, provider, credential, model } = ask
  const about = { action, scope, ...(provider && { provider }), ...(credential && { credential }), ...(model && { model }) }
  return { ...about, ...told, duration_ms: Math.round(rooms.now() - startedAt) }
}

const deeds: Readonly<Record<QuotaAction, (doing: Doing) => Told | Promise<Told>>> = {
  reload,
  clear,
  enable: (doing) => switchKeys(doing, 'enabled'),
  disable: (doing) => switchKeys(doing, 'disabled'),
  test: async (doing) => {
    const tested = await testAll(doing)
    const passed = tested.filter(({ ok }) => ok === true).length
    const isRefused = tested.some(({ ok }) => ok === false)
    return { success: !isRefused, message: `${passed} of ${countOf(tested.length)} passed.`, tested }
  },
  force_refresh: async (doing) => {
    const tested = (await testAll(doing)).filter(({ ok }) => ok !== null)
    const failed = tested.filter(({ ok }) => ok === false)
    return {
      success: failed.length === 0,
      message: 'Keys were tested where that costs nothing.',
      credentials_refreshed: tested.length,
      success_count: tested.length - failed.length,
      failed_count: failed.length,
      errors: failed.map(({ provider, credential, message }) => `${provider} ${credential}: ${message ?? 'the test failed'}`),
    }
  },
}

/** Memory is the truth here, and the file its copy: so the copy is brought up to date and read back, and nothing in memory changes. */
async function reload({ rooms }: Doing): Promise<Told> {
  if (rooms.standings === undefined) {
    return { success: true, message: 'Standings are not kept on the disk. The numbers are those of this process.' }
  }
  const saved = await rooms.standings()
  if (saved === undefined) return { success: false, message: 'The standings could not be written to the disk. The log says why.' }
  const keys = saved.reduce((sum, pool) => sum + pool.keys.length, 0)
  return { success: true, message: `The standings were written to the disk and read back: ${countOf(keys)}. Memory was right already.` }
}

function clear({ ask, rooms }: Doing): Told {
  const { provider, credential, model } = ask
  const pools = provider === undefined ? [...new Set(ask.keys.map((chosen) => chosen.provider))] : [provider]
  const of = { ...(credential !== undefined && { keyId: credential }), ...(model !== undefined && { model }) }
  const changed = pools.reduce((sum, pool) => sum + rooms.keyring.clear({ pool, ...of }), 0)
  return { success: true, message: `Rests and learnt limits were cleared: ${countOf(changed)} changed.`, changed }
}

function switchKeys({ ask, rooms, by }: Doing, to: 'enabled' | 'disabled'): Told {
  const others = ask.keys.filter(({ key }) => (key.state.is === 'disabled') !== (to === 'disabled'))
  for (const { provider, key } of others) {
    if (to === 'disabled') rooms.keyring.disable(provider, key.id, by)
    else rooms.keyring.enable(provider, key.id, by)
  }
  return { success: true, message: `${countOf(others.length)} ${to} now.`, changed: others.length }
}

interface Tested {
  readonly provider: string
  readonly credential: string
  readonly accessor_masked: string
  /** null: it cannot be tested without spending. */
  readonly ok: boolean | null
  /** null: the provider did not answer. */
  readonly status: number | null
  readonly latency_ms: number | null
  readonly message: string | null
}

/** So many keys are tested at once. */
const mostAtOnce = 8

async function testAll({ ask, rooms }: Doing): Promise<readonly Tested[]> {
  const tested: Tested[] = []
  const waiting = ask.keys.entries()
  const work = async (): Promise<void> => {
    for (const [index, chosen] of waiting) tested[index] = await testOne(chosen, rooms)
  }
  await Promise.all(Array.from({ length: mostAtOnce }, work))
  return tested
}

async function testOne({ provider, key }: ChosenKey, rooms: OwnRooms): Promise<Tested> {
  const about = { provider, credential: key.id, accessor_masked: key.label }
  const test = await rooms.testKey(provider, key.id)
  if (test === undefined) return { ...about, ok: null, status: null, latency_ms: null, message: 'There is no such key any more.' }
  const { ok, failure, latencyMs } = test
  const status = test.status === 0 ? null : test.status
  const isUntestable = failure?.reason === 'unsupported' && status === null
  const latency = isUntestable ? null : Math.round(latencyMs)
  return { ...about, ok: isUntestable ? null : ok, status, latency_ms: latency, message: failure?.message ?? null }
}

function countOf(keys: number): string {
  return `${keys} ${keys === 1 ? 'key' : 'keys'}`
}
