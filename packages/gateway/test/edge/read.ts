/** Reads answers of which nothing is known yet. */
import assert from 'node:assert/strict'

/** The value behind a path of names and indexes, or undefined. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Reflect.get(here, step)
  }
  return here
}

export interface ErrorBody {
  readonly message: string
  readonly type: unknown
  readonly param: unknown
  readonly code: unknown
}

/** The error of a body in OpenAI's shape; anything else fails the test. */
export function errorIn(body: string): ErrorBody {
  const json: unknown = JSON.parse(body)
  const message = at(json, 'error', 'message')
  assert.equal(typeof message, 'string', `no error in OpenAI's shape: ${body}`)
  assert.deepEqual(Object.keys(at(json, 'error') as object).slice(0, 4), ['message', 'type', 'param', 'code'])
  return { message: String(message), type: at(json, 'error', 'type'), param: at(json, 'error', 'param'), code: at(json, 'error', 'code') }
}
