import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, tryConfig } from './try-config.test.ts'
import { withoutEffect } from './without-effect.ts'

test('variables of earlier gateways that change nothing are named in one line, each with what to do instead', () => {
  const env = { TIMEOUT_POOL: '60', ROUTER_ENABLED: '1', ROUTER_DRY_RUN: '1', PROVIDER_PRIORITY_GROQ: '3', GROQ_API_KEY: 'the-key' }
  assert.deepEqual(accepted({ env }).warnings, [
    'Set, but without effect here: PROVIDER_PRIORITY_GROQ (Providers name models differently: `priority` in the `fallback_chain` of a virtual model.) ROUTER_DRY_RUN, ROUTER_ENABLED (Write chains in the order you want: `virtual_models.<name>.fallback_chain`.) TIMEOUT_POOL (No call waits for a connection; for a key it does: `GLOBAL_TIMEOUT`.)',
  ])
})

test('what asks for nothing is not mentioned: switches that are off, and blanks', () => {
  assert.deepEqual(accepted({ env: { FREE_ONLY_MODE: 'false', ROUTER_DRY_RUN: '0', TELEMETRY_DB_PATH: ' ' } }).warnings, [])
})

test('their values are checked all the same', () => {
  const dotenv = 'TIMEOUT_WRITE=soon\nPROVIDER_PRIORITY_GROQ=11\nFREE_ONLY_MODE=perhaps\nLATENCY_WINDOW_H=-1'
  assert.deepEqual(tryConfig({ dotenv }).lines, [
    '.env:1 TIMEOUT_WRITE: The value cannot be used. Write seconds such as 90 or a time such as 1h30m or 2d, at most 31d; or remove it, as it has no effect here.',
    '.env:2 PROVIDER_PRIORITY_GROQ: The value cannot be used. Write a whole number from 1 to 10; or remove it, as it has no effect here.',
    '.env:3 FREE_ONLY_MODE: The value cannot be used. Write true or false; or remove it, as it has no effect here.',
    '.env:4 LATENCY_WINDOW_H: The value cannot be used. Write a number from 0 to 8760; or remove it, as it has no effect here.',
  ])
})

test('what they are told to use exists', () => {
  const told = withoutEffect.flatMap(({ instead }) => [...instead.matchAll(/`([A-Z][A-Z_]+)(?:=\w+)?`/g)].map(([, name = '']) => name))
  assert.ok(told.length > 5)
  const env = {
    GLOBAL_TIMEOUT: '5',
    TRANSIENT_RETRY_DELAY: '5',
    MODEL_DATA_REFRESH: 'true',
    KEYWHEEL_DATA_DIR: 'x',
    ENFORCE_MODEL_LISTS: 'on',
  }
  assert.deepEqual([...new Set(told)].toSorted(), Object.keys(env).toSorted())
  assert.deepEqual(accepted({ env }).warnings, [])
})
