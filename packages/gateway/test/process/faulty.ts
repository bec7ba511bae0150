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
  '/fault/standstill': () => void setImmediate(standStill),
  '/fault/assertion': () => void setImmediate(() => assert.fail('a bug that an assertion has found')),
}

/** As a regular expression or a huge document does that nobody has thought of. */
function standStill(): void {
  const end = performance.now() + 2000
  while (performance.now() < end);
}

/** Does something before each call of a method. */
function before(prototype: object, method: string, run: (self: unknown, first: unknown) => void): void {
  const original = Reflect.get(prototype, method) as (...all: unknown[]) => unknown
  Reflect.set(prototype, method, function replaced(this: unknown, ...all: unknown[]) {
    run(this, all[0])
    return Reflect.apply(original, this, all)
  })
}

const known = new WeakSet<EventBus>()
before(EventBus.prototype, 'emit', (bus) => {
  if (!(bus instanceof EventBus) || known.has(bus)) return
  known.add(bus)
  bus.on('call.received', ({ path }) => byPath[path]?.())
  bus.on('call.admitted', () => broken('a listener'))
})

before(Access.prototype, 'identify', (_access, headers) => {
  if (Reflect.get(headers as object, 'x-fault') === 'hook') broken('a hook')
})

before(Cors.prototype, 'preflight', (_cors, asked) => {
  if (Reflect.get(asked as object, 'origin') === 'https://fault.example') broken('the edge')
})
