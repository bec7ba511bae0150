/** Waits for what must come, without guessing how long it takes. */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

/** Looks every few milliseconds until `look` gives something other than undefined or false; fails after `withinMs`. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    assert.ok(performance.now() < end, `waited ${withinMs} ms for: ${what}`)
    await pause(5)
  }
}
