/** Writes the log lines for what the gateway announces; the access log is one line a call. */
import type { EventBus, GatewayEvents } from '../domain/events.ts'
import type { FailureReason } from '../domain/failure.ts'
import type { ComponentLog, Log, LogFields } from './log.ts'

/** Listens for as long as the bus lives. */
export function logEvents(bus: EventBus, log: Log): void {
  logCalls(bus, log.component('http'))
  logAttempts(bus, log.component('providers'))
  logKeys(bus, log.component('keys'))
  logTargets(bus, log.component('router'))
  logModels(bus, log.component('models'))
  const usage = log.component('usage')
  bus.on('usage.failed', ({ message }) => usage.write('warn', { event: 'usage.failed' }, message))
}

function logCalls(bus: EventBus, http: ComponentLog): void {
  bus.on('call.received', (call) => {
    if (http.isOn('debug'))
      http.write('debug', { event: 'call.received', id: call.id, method: call.method, path: call.path }, 'call received')
  })
  bus.on('call.settled', ({ record, json }) => {
    http.writeEvent('info', { event: 'call.settled', json, message: `${record.operation} ${record.end}` })
  })
  bus.on('call.continued', ({ callId, provider, model, keyId }) => {
    http.write('info', { event: 'call.continued', id: callId, provider, model, keyId }, 'a cut stream goes on')
  })
  bus.on('call.served', (call) => {
    const { id, method, path, status, reason, totalMs } = call
    if (http.isOn('info')) http.write('info', { event: 'call.served', id, method, path, status, reason, totalMs }, `${method} ${status}`)
  })
  bus.on('access.open', ({ path }) =>
    http.write('warn', { event: 'access.open', path }, 'access is open: this call was served without any credential'),
  )
}

function logAttempts(bus: EventBus, providers: ComponentLog): void {
  bus.on('attempt.started', ({ callId, provider, model, keyId }) => {
    if (providers.isOn('trace'))
      providers.write('trace', { event: 'attempt.started', id: callId, provider, model, keyId }, 'attempt started')
  })
  bus.on('attempt.failed', (attempt) => {
    if (providers.isOn('debug')) providers.write('debug', failedFields(attempt), attempt.message)
  })
  bus.on('attempt.committed', ({ callId, provider, model, keyId, tookMs, status, note }) => {
    if (!providers.isOn('debug')) return
    providers.write('debug', { event: 'attempt.committed', id: callId, provider, model, keyId, tookMs, status, note }, 'attempt committed')
  })
}

function failedFields(attempt: GatewayEvents['attempt.failed']): LogFields {
  const { callId, provider, model, keyId, tookMs, reason, status, note } = attempt
  return { event: 'attempt.failed', id: callId, provider, model, keyId, tookMs, reason, status, note }
}

/** These do not pass by themselves: somebody has to look at the key or its account. */
const needsAPerson: ReadonlySet<FailureReason> = new Set<FailureReason>(['key-rejected', 'key-forbidden', 'billing'])

function logKeys(bus: EventBus, keys: ComponentLog): void {
  bus.on('key.rested', ({ provider, keyId, keyLabel, model, why, forMs, source }) => {
    const fields: LogFields = { event: 'key.rested', provider, keyId, keyLabel, model, reason: why, forMs, source }
    keys.write(needsAPerson.has(why) ? 'warn' : 'info', fields, `key rests: ${why}`)
  })
  bus.on('key.dead', ({ provider, keyId, keyLabel, why, forMs }) => {
    const fields: LogFields = { event: 'key.dead', provider, keyId, keyLabel, reason: why, forMs }
    keys.write('error', fields, `key is not accepted by its provider any more, and left alone until a test passes: ${why}`)
  })
  bus.on('key.returned', ({ provider, keyId, keyLabel, model }) => {
    keys.write('info', { event: 'key.returned', provider, keyId, keyLabel, model }, 'key is back')
  })
  for (const event of ['key.disabled', 'key.enabled'] as const) {
    bus.on(event, ({ provider, keyId, keyLabel, by }) => {
      keys.write(
        'info',
        { event, provider, keyId, keyLabel, by },
        event === 'key.disabled' ? 'key is taken out of use' : 'key is in use again',
      )
    })
  }
  bus.on('standings.failed', ({ message }) => keys.write('warn', { event: 'standings.failed' }, message))
}

function logTargets(bus: EventBus, router: ComponentLog): void {
  bus.on('target.rested', ({ provider, model, why, forMs }) => {
    router.write('warn', { event: 'target.rested', provider, model, reason: why, forMs }, `target rests: ${why}`)
  })
  bus.on('target.returned', ({ provider, model }) => {
    router.write('info', { event: 'target.returned', provider, model }, 'target is back')
  })
}

function logModels(bus: EventBus, log: ComponentLog): void {
  bus.on('models.refreshed', ({ provider, models, tookMs }) => {
    log.write('debug', { event: 'models.refreshed', provider, models, tookMs }, 'model list refreshed')
  })
  bus.on('models.failed', ({ provider, message }) => log.write('warn', { event: 'models.failed', provider }, message))
}
