/** Reads what the gateway answers. It may be older or newer than this command: what is missing is left blank. */
import { GatewayTrouble } from './running-gateway.ts'

type Fields = Readonly<Record<string, unknown>>

export interface ListedRest {
  /** `*`: the key as a whole. */
  readonly model: string
  readonly state: string
  readonly reason: string
  readonly source: string
  readonly remainingSeconds: number | undefined
  /** In seconds since the epoch. */
  readonly until: number | undefined
}

export interface ListedKey {
  readonly provider: string
  readonly id: string
  readonly label: string
  readonly tier: string
  readonly priority: string
  readonly status: string
  readonly rests: readonly ListedRest[]
  /** Everything that was told. */
  readonly stats: Fields
}

/** @throws GatewayTrouble where it is no quota page. */
export function keysIn(document: unknown): readonly ListedKey[] {
  const { providers } = fieldsOf(document)
  if (typeof providers !== 'object' || providers === null) throw new GatewayTrouble('What answers there is no Keywheel.')
  return Object.entries(providers).flatMap(([provider, stats]) =>
    Object.entries(fieldsOf(fieldsOf(stats)['credentials'])).map(([id, each]) => keyIn(provider, id, fieldsOf(each))),
  )
}

function keyIn(provider: string, id: string, stats: Fields): ListedKey {
  const rests = Object.entries(fieldsOf(stats['cooldowns'])).map(([model, rest]) => restIn(model, fieldsOf(rest)))
  const [tier, priority] = [textOf(stats['tier']), textOf(stats['priority'])]
  return { provider, id, label: textOf(stats['accessor_masked']), tier, priority, status: textOf(stats['status']), rests, stats }
}

function restIn(model: string, rest: Fields): ListedRest {
  return {
    model,
    state: textOf(rest['state']),
    reason: textOf(rest['reason']),
    source: textOf(rest['source']),
    remainingSeconds: numberOf(rest['remaining_seconds']),
    until: numberOf(rest['until']),
  }
}

export interface TestedKey {
  readonly provider: string
  readonly id: string
  readonly label: string
  /** undefined: it cannot be tested without spending. */
  readonly ok: boolean | undefined
  readonly status: string
  readonly latencyMs: number | undefined
  readonly message: string
}

export interface ActionResult {
  readonly success: boolean
  readonly message: string
  readonly tested: readonly TestedKey[]
  /** Everything that was told. */
  readonly all: unknown
}

export function resultIn(document: unknown): ActionResult {
  const all = fieldsOf(document)['result']
  const { success, message, tested } = fieldsOf(all)
  const list: readonly unknown[] = Array.isArray(tested) ? tested : []
  return { success: success === true, message: textOf(message), tested: list.map((each) => testedIn(fieldsOf(each))), all }
}

function testedIn(fields: Fields): TestedKey {
  return {
    provider: textOf(fields['provider']),
    id: textOf(fields['credential']),
    label: textOf(fields['accessor_masked']),
    ok: typeof fields['ok'] === 'boolean' ? fields['ok'] : undefined,
    status: textOf(fields['status']),
    latencyMs: numberOf(fields['latency_ms']),
    message: textOf(fields['message']),
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Names of models come from callers: what would move a terminal's cursor is not printed. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '?')
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
