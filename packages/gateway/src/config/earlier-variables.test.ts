/** People bring the `.env` of an earlier gateway along: each of its variables is read or named, checked and listed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { accepted, tryConfig } from './try-config.test.ts'
import { withoutEffect } from './without-effect.ts'
import { referenceFile } from './write-schema.ts'

/** Name, a value that is right, and one that is wrong where any is. */
const brought: readonly (readonly [name: string, right: string, wrong?: string])[] = [
  ['PROXY_API_KEY', 'a-long-key', 'changeme'],
  ['CORS_ORIGINS', 'https://a.example', 'a.example/page'],
  ['GLOBAL_TIMEOUT', '30', 'x'],
  ['TIMEOUT_CONNECT', '30', 'x'],
  ['TIMEOUT_WRITE', '30', 'x'],
  ['TIMEOUT_POOL', '60', 'x'],
  ['TIMEOUT_READ_STREAMING', '300', 'x'],
  ['TIMEOUT_READ_NON_STREAMING', '600', 'x'],
  ['USE_EMBEDDING_BATCHER', 'true', 'x'],
  ['OVERRIDE_TEMPERATURE_ZERO', 'remove', 'x'],
  ['TRANSIENT_RETRY_DELAY', '1.0', 'x'],
  ['TRANSIENT_RETRY_JITTER', '0.5', 'x'],
  ['SMALL_COOLDOWN_RETRY_THRESHOLD', '10', 'x'],
  ['STREAM_RETRY_ON_REASONING_ONLY', 'true', 'x'],
  ['MODEL_INFO_REFRESH_INTERVAL', '21600', 'x'],
  ['OAUTH_REFRESH_INTERVAL', '600', 'x'],
  ['HEALTH_CHECK_SKIP', 'groq,openai'],
  ['CHUTES_QUOTA_REFRESH_INTERVAL', '300', 'x'],
  ['NANOGPT_QUOTA_REFRESH_INTERVAL', '300', 'x'],
  ['FIRMWARE_QUOTA_REFRESH_INTERVAL', '300', 'x'],
  ['FREE_ONLY_MODE', 'true', 'x'],
  ['UPSTREAM_RETRY_BASE_MS', '400', 'x'],
  ['ROTATION_TOLERANCE', '3.0', 'x'],
  ['GROQ_API_KEY', 'the-key', 'a key'],
  ['GROQ_API_BASE', 'http://a.example/v1', 'x'],
  ['GROQ_MODELS', '["m"]', 'x'],
  ['IGNORE_MODELS_GROQ', '*guard*'],
  ['WHITELIST_MODELS_GROQ', 'llama*'],
  ['ROTATION_MODE_GROQ', 'sequential', 'x'],
  ['OPTIMAL_CONCURRENT_REQUESTS_PER_KEY_GROQ', '2', 'x'],
  ['MAX_CONCURRENT_REQUESTS_PER_KEY_GROQ_BALANCED', '-1'],
  ['MAX_CONCURRENT_REQUESTS_PER_KEY_GROQ', '-1', 'x'],
  ['CONCURRENCY_MULTIPLIER_GROQ_PRIORITY_1_SEQUENTIAL', '2', 'x'],
  ['SEQUENTIAL_FALLBACK_MULTIPLIER_GROQ', '1', 'x'],
  ['QUOTA_GROUPS_GROQ_BIG', 'a,b'],
  ['FAIR_CYCLE_GROQ', 'true', 'x'],
  ['FAIR_CYCLE_TRACKING_MODE_GROQ', 'model_group', 'x'],
  ['FAIR_CYCLE_CROSS_TIER_GROQ', 'false', 'x'],
  ['FAIR_CYCLE_DURATION_GROQ', '604800', 'x'],
  ['FAIR_CYCLE_QUOTA_THRESHOLD_GROQ', '1.0', 'x'],
  ['FAIR_CYCLE_RESET_COOLDOWN_THRESHOLD_GROQ', '90', 'x'],
  ['EXHAUSTION_COOLDOWN_THRESHOLD', '300', 'x'],
  ['EXHAUSTION_COOLDOWN_THRESHOLD_GROQ', '300', 'x'],
  ['CUSTOM_CAP_GROQ_T1_BIG', '80%', 'x'],
  ['CUSTOM_CAP_COOLDOWN_GROQ_T1_BIG', 'offset:3600', 'x'],
  ['PROVIDER_PRIORITY_GROQ', '1', '11'],
  ['ROUTER_ENABLED', '1', 'x'],
  ['ROUTER_DRY_RUN', '1', 'x'],
  ['USE_DYNAMIC_CHAIN', '1', 'x'],
  ['TELEMETRY_DB_PATH', '/dev/shm/t.db'],
  ['TELEMETRY_DB_FALLBACK', '/tmp/t.db'],
  ['PENALTY_ENABLED', '1', 'x'],
  ['PENALTY_HALFLIFE_S', '3600', 'x'],
  ['PENALTY_DB_PATH', '/tmp/p.db'],
  ['MAX_UPSTREAM_RETRIES', '2', 'x'],
  ['GATEWAY_RETRY_UNTIL_DONE', '1', 'x'],
  ['GATEWAY_FORCE_TRY_COOLDOWN', '1', 'x'],
  ['AUTO_ROUTE_MODE', 'all', 'x'],
  ['AUTO_ROUTE_THRESHOLD', '0.30', 'x'],
  ['MODEL_RANKINGS_PATH', 'model_rankings.yaml'],
  ['LATENCY_MIN_SAMPLES', '5', 'x'],
  ['LATENCY_WINDOW_H', '24', 'x'],
  ['LATENCY_CACHE_TTL', '30', 'x'],
  ['LATENCY_MIN_COMPLETION_TOKENS', '50', 'x'],
  ['LATENCY_LEADERBOARD_CSV', 'a.csv'],
  ['LATENCY_SPEEDS_PATH', 'a.json'],
  ['TIER_VERY_LONG_CHARS', '8000', 'x'],
  ['TIER_LONG_CHARS', '2000', 'x'],
  ['TIER_MANY_TOOLS', '3', 'x'],
  ['TIER_MANY_ATTACHMENTS', '2', 'x'],
]

const right = Object.fromEntries(brought.map(([name, value]) => [name, value]))

test('a file with all of them is accepted, and one warning names those without effect', () => {
  const dotenv = brought.map(([name, value]) => `${name}=${value}`).join('\n')
  const { warnings } = accepted({ dotenv })
  assert.equal(warnings.length, 1, warnings.join('\n'))
  for (const { form } of withoutEffect) {
    const name = form.replace('<PROVIDER>', 'GROQ')
    if (name in right) assert.match(warnings[0] ?? '', new RegExp(`[: ]${name}[, ]`))
  }
})

for (const [name, , wrong] of brought) {
  if (wrong === undefined) continue
  test(`a wrong value is refused by name, with a remedy: ${name}`, () => {
    const [line = ''] = tryConfig({ env: { ...right, [name]: wrong } }).lines
    assert.match(line, new RegExp(`^environment ${name}: .+\\. (?:Write|Give) .+\\.$`))
  })
}

test('the reference lists each of them', () => {
  const reference = readFileSync(referenceFile, 'utf8')
  const listed = [...reference.matchAll(/^\| `([^`]+)`/gm)].map(([, form = '']) => patternOf(form.replaceAll('\\|', '|')))
  for (const [name] of brought)
    assert.ok(
      listed.some((pattern) => pattern.test(name)),
      name,
    )
})

/** `CUSTOM_CAP_<PROVIDER>_T<PRIORITY>[_<PRIORITY>…]_<MODEL>` as a pattern. */
function patternOf(form: string): RegExp {
  const parts = form
    .replace(/\[_<PRIORITY>…\]/g, '(?:_\\d+)*')
    .replace(/<PROVIDER>/g, 'GROQ')
    .replace(/<(?:N|PRIORITY)>/g, '\\d+')
    .replace(/<(?:MODEL|GROUP)>/g, '\\w+')
    .replace(/\[([^\]]+)\]/g, '(?:$1)?')
  return new RegExp(/^[A-Z]/.test(form) || form.startsWith('<P') ? `^(?:${parts})$` : '^$')
}
