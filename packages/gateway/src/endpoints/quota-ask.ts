/** Reads what an operator asks of the keys: which action, on which of them. Whatever is not understood is refused by name. */
import type { KeySnapshot, PoolSnapshot } from '@keywheel/keyring'
import { badField } from '../dialects/sketch-json.ts'
import { isRecord, parseJson } from '../dialects/wire.ts'
import { refuse } from '../domain/failure.ts'
import type { RefusedCall } from '../domain/failure.ts'

type Scope = 'all' | 'provider' | 'credential'
const scopes: readonly Scope[] = ['all', 'provider', 'credential']

const actions = ['reload', 'force_refresh', 'test', 'clear', 'disable', 'enable'] as const
export type QuotaAction = 'reload' | 'force_refresh' | 'test' | 'clear' | 'disable' | 'enable'

/** Nobody takes every key out of use at once. */
const scopesOf = (action: QuotaAction): readonly Scope[] => (action === 'disable' ? ['provider', 'credential'] : scopes)

/** One key that is meant. */
export interface ChosenKey {
  readonly provider: string
  readonly key: KeySnapshot
}

export interface QuotaAsk {
  readonly action: QuotaAction
  readonly scope: Scope
  readonly provider?: string
  /** The key's hashed id, however it was named. */
  readonly credential?: string
  readonly model?: string
  readonly keys: readonly ChosenKey[]
}

/** @throws RefusedCall 400 where it is not understood, 404 for a provider or a credential that is not there. */
export function readQuotaAsk(body: Buffer, pools: readonly PoolSnapshot[]): QuotaAsk {
  const given = fieldsIn(body)
  const action = oneOf(given, 'action', actions)
  const scope = oneOf(given, 'scope', scopesOf(action))
  const model = optional(given, 'model', action === 'clear', 'action `clear`')
  const provider = optional(given, 'provider', scope !== 'all', 'scopes `provider` and `credential`')
  const credential = optional(given, 'credential', scope === 'credential', 'scope `credential`')
  const about = { action, scope, ...(model !== undefined && { model }) }
  if (scope === 'all') return { ...about, keys: pools.flatMap(keysOf) }
  const pool = poolIn(pools, provider)
  if (scope === 'provider') return { ...about, provider: pool.name, keys: keysOf(pool) }
  const key = keyIn(pool, credential)
  return { ...about, provider: pool.name, credential: key.id, keys: [{ provider: pool.name, key }] }
}

type Fields = Readonly<Record<string, string>>

const fieldNames = ['action', 'scope', 'provider', 'credential', 'model']

function fieldsIn(body: Buffer): Fields {
  const given = parseJson(body.toString())
  if (!isRecord(given)) throw refuse('bad-request', 'The body must be a JSON object.')
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!fieldNames.includes(name)) throw refuse('bad-request', `A field is not understood. Fields are ${listed(fieldNames)}.`)
    if (value === null) continue
    if (typeof value !== 'string' || value === '') throw badField(name, `\`${name}\` must be a text.`)
    fields[name] = value
  }
  return fields
}

function oneOf<Name extends string>(given: Fields, field: string, allowed: readonly Name[]): Name {
  const found = allowed.find((name) => name === given[field])
  if (found === undefined) throw badField(field, `\`${field}\` must be one of ${listed(allowed)}.`)
  return found
}

/** A field that would narrow the choice, and does not, is refused: it would do more than was meant. */
function optional(given: Fields, field: string, isAllowed: boolean, where: string): string | undefined {
  const value = given[field]
  if (value !== undefined && !isAllowed) throw badField(field, `\`${field}\` goes with ${where} only.`)
  return value
}

function poolIn(pools: readonly PoolSnapshot[], provider: string | undefined): PoolSnapshot {
  const known = listed(pools.map(({ name }) => name))
  if (provider === undefined) throw badField('provider', `\`provider\` is missing: one of ${known}.`)
  const pool = pools.find(({ name }) => name === provider)
  if (pool === undefined) throw notThere('provider', `There is no such provider. Those with keys are ${known}.`)
  return pool
}

/** By its id, or by what people see of it where only one looks like that. */
function keyIn({ name, keys }: PoolSnapshot, credential: string | undefined): KeySnapshot {
  const known = listed(keys.map(({ id, label }) => `${id} (${label})`))
  if (credential === undefined) throw badField('credential', `\`credential\` is missing: one of ${known}.`)
  const byId = keys.find(({ id }) => id === credential)
  if (byId !== undefined) return byId
  const [alike, ...others] = keys.filter(({ label }) => label === credential)
  if (alike === undefined) throw notThere('credential', `${name} has no such key. Its keys are ${known}.`)
  if (others.length > 0) throw badField('credential', `Several keys of ${name} look like that. Use the id: ${known}.`)
  return alike
}

function keysOf(pool: PoolSnapshot): readonly ChosenKey[] {
  return pool.keys.map((key) => ({ provider: pool.name, key }))
}

/** What was sent is not repeated: it may be a key that was pasted into the wrong place. */
function notThere(param: string, message: string): RefusedCall {
  return refuse('bad-request', message, { status: 404, param, code: `${param}_not_found` })
}

const mostListed = 20

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).join(', ')
  return names.length > mostListed ? `${shown} and ${names.length - mostListed} more` : shown || 'none'
}
