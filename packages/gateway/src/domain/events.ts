/** What the gateway announces. Rooms emit, observability listens; with nobody listening an event costs one look-up. */
import type { FailureReason } from './failure.ts'
import type { CallOpening, SettledCall, AttemptRecord } from './usage.ts'

export interface GatewayEvents {
  'call.received': { readonly id: string; readonly method: string; readonly path: string }
  /** Accepted: authenticated, well formed, planned. Every admitted call is settled exactly once. */
  'call.admitted': CallOpening
  /** Answered by the gateway itself without a usage row: health, lists, 401, 404, bad requests. */
  'call.served': {
    readonly id: string
    readonly method: string
    readonly path: string
    readonly status: number
    readonly reason?: FailureReason
    readonly totalMs: number
  }
  'call.settled': SettledCall
  /** A text that was cut goes on from here, behind what its caller has already. */
  'call.continued': { readonly callId: string; readonly provider: string; readonly model: string; readonly keyId: string }
  'attempt.started': { readonly callId: string; readonly provider: string; readonly model: string; readonly keyId: string }
  'attempt.failed': AttemptRecord & { readonly callId: string; readonly message: string }
  'attempt.committed': AttemptRecord & { readonly callId: string }
  'key.rested': {
    readonly provider: string
    readonly keyId: string
    readonly keyLabel: string
    readonly model?: string
    readonly why: FailureReason
    readonly forMs: number
    readonly source: 'hint' | 'growing' | 'cap' | 'operator'
  }
  'key.dead': {
    readonly provider: string
    readonly keyId: string
    readonly keyLabel: string
    readonly why: FailureReason
    readonly forMs: number
  }
  'key.disabled': { readonly provider: string; readonly keyId: string; readonly keyLabel: string; readonly by: string }
  'key.enabled': { readonly provider: string; readonly keyId: string; readonly keyLabel: string; readonly by: string }
  'key.returned': { readonly provider: string; readonly keyId: string; readonly keyLabel: string; readonly model?: string }
  'target.rested': { readonly provider: string; readonly model: string; readonly why: FailureReason; readonly forMs: number }
  'target.returned': { readonly provider: string; readonly model: string }
  'models.refreshed': { readonly provider: string; readonly models: number; readonly tookMs: number }
  'models.failed': { readonly provider: string; readonly message: string }
  'access.open': { readonly path: string }
  /** The keeping of usage is in trouble, or has recovered; calls go on. */
  'usage.failed': { readonly message: string }
  /** The same of the standings of keys, which are kept over a restart. */
  'standings.failed': { readonly message: string }
}

export type EventName = keyof GatewayEvents
type Listener<Name extends EventName> = (event: GatewayEvents[Name]) => void

/** A synchronous bus. A listener that throws is a bug: it is reported to `onError` and the others still hear. */
export class EventBus {
  readonly #listeners = new Map<EventName, ((event: never) => void)[]>()
  readonly #onError: (error: unknown, name: EventName) => void

  constructor(onError: (error: unknown, name: EventName) => void) {
    this.#onError = onError
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): void {
    const heard = this.#listeners.get(name)
    if (heard === undefined) this.#listeners.set(name, [listener])
    else heard.push(listener)
  }

  emit<Name extends EventName>(name: Name, event: GatewayEvents[Name]): void {
    const heard = this.#listeners.get(name)
    if (heard === undefined) return
    for (const listener of heard) {
      try {
        Reflect.apply(listener, undefined, [event])
      } catch (error) {
        this.#onError(error, name)
      }
    }
  }
}
