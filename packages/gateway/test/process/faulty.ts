/**
 * Loaded into the program before it starts (`NODE_OPTIONS=--import=…`): bugs of every kind, each provoked by a request that names it. They are
 * where listeners, hooks and callbacks are, so that the real program has to live with them.
 */
import assert from 'node:assert/strict'
import { EventBus } from '../../src/domain/events.ts'
import { Cors } from '../../src/http/cors.ts'
import { Access } from '../../src/pipeline/identify.ts'

function broken(where: string): never {
  throw new TypeError(`a bug in ${where}`)
}

const byPath: Readonly<Record<string, () => void>> = {
  '/fault/rejection': () => void Promise.reject(new Error('a bug in a promise')),
  '/fault/callback': () => void setImmediate(() => broken('a callback')),
  '/fault/assertion': () => void setImmediate(() => assert.fail('a bug that an assertion has found')),
}

const known = new WeakSet<EventBus>()
const emit = EventBus.prototype.emit
EventBus.prototype.emit = function (name, event) {
  if (!known.has(this)) {
    known.add(this)
    this.on('call.received', ({ path }) => byPath[path]?.())
    this.on('call.admitted', () => broken('a listener'))
  }
  emit.call(this, name, event)
}

const identify = Access.prototype.identify
Access.prototype.identify = function (headers, others) {
  return headers['x-fault'] === 'hook' ? broken('a hook') : identify.call(this, headers, others)
}

const preflight = Cors.prototype.preflight
Cors.prototype.preflight = function (asked) {
  return asked.origin === 'https://fault.example' ? broken('the edge') : preflight.call(this, asked)
}
