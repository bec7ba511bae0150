import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { accepted, keysOf, providerOf, tryConfig } from './try-config.test.ts'

const example = `server: { host: 127.0.0.1, port: 8000, cors_origins: ["https://lite.koboldai.net"] }
providers:
  groq: {}                                  # from the catalogue; keys from GROQ_API_KEY[_N]
  mine: { base_url: "http://127.0.0.1:9001/v1", keys: ["\${MINE_KEY}"], rotation: sequential, timeouts: { first_byte_ms: 5000 } }
virtual_models:
  coding-elite:
    description: Agentic coding
    fallback_chain:
      - { provider: groq, model: llama-3.3-70b-versatile, priority: 1 }
      - { provider: mine, model: big-coder, priority: 2 }
aliases: { gpt-4o: coding-elite }
`

test('the example of the issue works as it is written', () => {
  const config = accepted({ yaml: example, env: { MINE_KEY: 'mine-secret-1', GROQ_API_KEY_2: 'two', GROQ_API_KEY_1: 'one' } })
  assert.deepEqual(config.server.corsOrigins, ['https://lite.koboldai.net'])
  assert.deepEqual(keysOf(config, 'groq'), [
    ['one', 'GROQ_API_KEY_1', 1],
    ['two', 'GROQ_API_KEY_2', 1],
  ])
  assert.deepEqual(keysOf(config, 'mine'), [['mine-secret-1', 'keywheel.yaml:4', 1]])
  const mine = providerOf(config, 'mine')
  assert.equal(mine.baseUrl, 'http://127.0.0.1:9001/v1')
  assert.equal(mine.pool.rotation, 'sequential')
  assert.deepEqual(mine.timeouts, { firstByteMs: 5000 })
  assert.deepEqual(config.virtualModels[0], {
    name: 'coding-elite',
    description: 'Agentic coding',
    targets: [
      { provider: 'groq', model: 'llama-3.3-70b-versatile', priority: 1 },
      { provider: 'mine', model: 'big-coder', priority: 2 },
    ],
    timeouts: {},
    source: 'keywheel.yaml:6',
  })
  assert.deepEqual({ ...config.aliases }, { 'gpt-4o': 'coding-elite' })
  assert.deepEqual(config.warnings, [])
})

test('without anything there are defaults and no provider', () => {
  const { config, directory } = tryConfig({})
  assert.deepEqual(config, {
    server: {
      host: '127.0.0.1',
      port: 8000,
      corsOrigins: [],
      maxBodyBytes: 52_428_800,
      keepAliveMs: 15_000,
      earlyCommitMs: 0,
      drainMs: 60_000,
    },
    access: { proxyKeys: [], allowOpenAccess: false },
    dataDirectory: join(directory, 'data'),
    logLevels: { default: 'info' },
    quiet: false,
    timeouts: {
      connectMs: 5000,
      firstByteMs: 30_000,
      reasoningFirstByteMs: 120_000,
      wholeFirstByteMs: 300_000,
      idleMs: 60_000,
      deadlineMs: 600_000,
      streamLifeMs: 1_800_000,
    },
    retry: {
      maxAttemptsPerTarget: 3,
      maxAttemptsPerKey: 2,
      backoffBaseMs: 250,
      backoffCapMs: 8000,
      maxWaitMs: 10_000,
      acquireTimeoutMs: 30_000,
      repeatsUnanswered: true,
    },
    usageRetentionDays: 90,
    responsesRetentionDays: 30,
    modelData: { refresh: false, url: 'https://models.dev/api.json' },
    streams: { continuesCut: false, retriesReasoningOnly: false, slowestTokensPerSecond: 0, slowForMs: 30_000 },
    health: {
      probes: false,
      intervalMs: 300_000,
      timeoutMs: 10_000,
      slowMs: 1000,
      concurrency: 16,
      retentionDays: 7,
      testsDeadKeys: true,
    },
    keepsStandings: true,
    providers: [],
    virtualModels: [],
    aliases: Object.create(null),
    warnings: [],
  })
})

test('a file that is empty, or whose fields are blank, says nothing', () => {
  assert.equal(accepted({ yaml: '' }).server.port, 8000)
  assert.equal(accepted({ yaml: '# only a comment\n' }).server.port, 8000)
  assert.equal(accepted({ yaml: 'server:\n  port:\nproviders:\n  groq:\naliases:\n' }).providers[0]?.name, 'groq')
})

test('flags win over the environment, the environment over .env, .env over the file', () => {
  const yaml = 'server: { port: 4 }'
  const dotenv = 'PORT=3'
  const env = { PORT: '2' }
  const flags = { port: '1' }
  assert.equal(accepted({ yaml, dotenv, env, flags }).server.port, 1)
  assert.equal(accepted({ yaml, dotenv, env }).server.port, 2)
  assert.equal(accepted({ yaml, dotenv }).server.port, 3)
  assert.equal(accepted({ yaml }).server.port, 4)
})

test('every setting of the environment replaces its field of the file', () => {
  const yaml = `server: { host: "::1", cors_origins: ["https://file.example"] }
access: { allow_open_access: false }
data_dir: from-file
log: { levels: { default: warn, router: error, http: debug } }
timeouts: { connect_ms: 1, idle_ms: 1, whole_first_byte_ms: 1, deadline_ms: 77 }
retry: { backoff_base_ms: 1, max_wait_ms: 1, acquire_timeout_ms: 1 }
usage: { retention_days: 1 }
max_tokens_limit: 1
models: { refresh: false, url: "https://file.example/api.json" }
streams: { retry_reasoning_only: false, continue_cut: true }
override_temperature_zero: remove
`
  const env = {
    HOST: 'localhost',
    CORS_ORIGINS: ' https://A.example/ ,null,',
    ALLOW_OPEN_ACCESS: 'Yes',
    KEYWHEEL_DATA_DIR: '/elsewhere',
    LOG_LEVEL: 'info, router = trace',
    TIMEOUT_CONNECT: '2.5',
    TIMEOUT_READ_STREAMING: '180',
    TIMEOUT_READ_NON_STREAMING: '600',
    TRANSIENT_RETRY_DELAY: '10',
    SMALL_COOLDOWN_RETRY_THRESHOLD: '0',
    GLOBAL_TIMEOUT: '45',
    USAGE_RETENTION_DAYS: '30',
    MAX_TOKENS_LIMIT: '4096',
    MAX_UPSTREAM_RETRIES: '2',
    UPSTREAM_RETRY_BASE_MS: '400',
    STREAM_RETRY_ON_REASONING_ONLY: 'true',
    OVERRIDE_TEMPERATURE_ZERO: 'Yes',
    MODEL_DATA_REFRESH: 'yes',
    MODEL_DATA_URL: 'https://mirror.example/models.json',
  }
  const config = accepted({ yaml, env })
  assert.equal(config.server.host, 'localhost')
  assert.deepEqual(config.server.corsOrigins, ['https://a.example', 'null'])
  assert.equal(config.access.allowOpenAccess, true)
  assert.equal(config.dataDirectory, '/elsewhere')
  assert.deepEqual(config.logLevels, { default: 'info', router: 'trace', http: 'debug' })
  assert.deepEqual([config.timeouts.connectMs, config.timeouts.idleMs, config.timeouts.wholeFirstByteMs], [2500, 180_000, 600_000])
  assert.equal(config.timeouts.deadlineMs, 77)
  assert.deepEqual([config.retry.backoffBaseMs, config.retry.backoffCapMs], [10_000, 10_000])
  assert.deepEqual([config.retry.maxWaitMs, config.retry.acquireTimeoutMs], [0, 45_000])
  assert.equal(config.retry.maxAttemptsPerTarget, 2)
  assert.deepEqual([config.usageRetentionDays, config.maxTokensLimit], [30, 4096])
  assert.deepEqual([config.streams.retriesReasoningOnly, config.streams.continuesCut], [true, true])
  assert.equal(config.overridesTemperatureZero, 'set')
  assert.deepEqual(config.modelData, { refresh: true, url: 'https://mirror.example/models.json' })
})

test('what is done about failures can be written in the file', () => {
  const yaml = `retry: { repeat_unanswered: false, hedge: { most_share: 0.1 } }
streams: { continue_cut: true, retry_reasoning_only: true, slowest_tokens_per_second: 2.5, slow_for_ms: 5000 }
health: { probes: true, interval_ms: 60000, timeout_ms: 1, slow_ms: 2, concurrency: 3, retention_days: 4, test_dead_keys: false }
keep_standings: false
override_temperature_zero: remove
`
  const config = accepted({ yaml, env: { UPSTREAM_RETRY_BASE_MS: '400', MAX_UPSTREAM_RETRIES: '0' } })
  assert.equal(config.retry.repeatsUnanswered, false)
  assert.deepEqual(config.retry.hedge, { afterPercentile: 0.95, mostShare: 0.1 })
  assert.deepEqual([config.retry.backoffBaseMs, config.retry.maxAttemptsPerTarget], [400, 1])
  assert.deepEqual(config.streams, { continuesCut: true, retriesReasoningOnly: true, slowestTokensPerSecond: 2.5, slowForMs: 5000 })
  assert.deepEqual(config.health, {
    probes: true,
    intervalMs: 60_000,
    timeoutMs: 1,
    slowMs: 2,
    concurrency: 3,
    retentionDays: 4,
    testsDeadKeys: false,
  })
  assert.deepEqual([config.keepsStandings, config.overridesTemperatureZero], [false, 'remove'])
  assert.deepEqual(accepted({ yaml: 'retry: { hedge: {} }' }).retry.hedge, { afterPercentile: 0.95, mostShare: 0.05 })
  assert.equal(accepted({ yaml, env: { OVERRIDE_TEMPERATURE_ZERO: 'off' } }).overridesTemperatureZero, undefined)
})

test('keys for callers come from both sides, and blanks between commas are nothing', () => {
  const config = accepted({ yaml: 'access: { proxy_api_keys: [one, three] }', env: { PROXY_API_KEY: ' one, two,, ' } })
  assert.deepEqual(
    config.access.proxyKeys.map((key) => key.reveal()),
    ['one', 'two', 'three'],
  )
  assert.deepEqual(accepted({ env: { PROXY_API_KEY: '  ' } }).access.proxyKeys, [])
})

test('an open gateway that others can reach is refused, unless that is said to be wanted', () => {
  const [line] = tryConfig({ env: { HOST: '0.0.0.0' } }).lines
  assert.match(line ?? '', /^environment HOST: Others can reach this address, and no key is asked for\. Set PROXY_API_KEY/)
  assert.match(tryConfig({ flags: { host: '::' } }).lines[0] ?? '', /^command line --host: /)
  assert.match(tryConfig({ yaml: 'server: { host: 10.0.0.1 }' }).lines[0] ?? '', /^keywheel\.yaml:1:17 server\.host: /)
  assert.equal(accepted({ env: { HOST: '0.0.0.0', PROXY_API_KEY: 'long-enough' } }).server.host, '0.0.0.0')
  assert.equal(accepted({ env: { HOST: '0.0.0.0', ALLOW_OPEN_ACCESS: 'true' } }).server.host, '0.0.0.0')
  assert.equal(accepted({ env: { HOST: '127.8.9.1' } }).server.host, '127.8.9.1')
})

test('a placeholder as the key for callers is refused, because leaving it out would open the gateway', () => {
  assert.deepEqual(tryConfig({ env: { HOST: '0.0.0.0', PROXY_API_KEY: 'changeme' } }).lines, [
    'environment PROXY_API_KEY: This is a placeholder, not a key. Give a long random text, or remove it for open access.',
  ])
})

test('the file is the one of --config, or of KEYWHEEL_CONFIG, or the usual one', () => {
  const files = { 'a.yaml': 'server: { port: 1 }', 'sub/b.yaml': 'server: { port: 2 }' }
  const yaml = 'server: { port: 3 }'
  assert.equal(accepted({ files, yaml, configFile: 'a.yaml', env: { KEYWHEEL_CONFIG: 'sub/b.yaml' } }).server.port, 1)
  assert.equal(accepted({ files, yaml, env: { KEYWHEEL_CONFIG: 'sub/b.yaml' } }).server.port, 2)
  assert.equal(accepted({ files, yaml }).server.port, 3)
  assert.match(tryConfig({ configFile: 'none.yaml' }).lines[0] ?? '', /^command line --config: There is no file none\.yaml\./)
  assert.match(tryConfig({ dotenv: '\nKEYWHEEL_CONFIG=none.yaml' }).lines[0] ?? '', /^\.env:2 KEYWHEEL_CONFIG: There is no file/)
  assert.match(tryConfig({ configFile: '.' }).lines[0] ?? '', /: The file cannot be read\. It is a directory/)
})

test('a star among the origins works and is warned of', () => {
  const config = accepted({ env: { CORS_ORIGINS: '*' } })
  assert.deepEqual(config.server.corsOrigins, ['*'])
  assert.match(config.warnings[0] ?? '', /every web page/)
})

test('origins are as browsers send them', () => {
  const config = accepted({
    env: { CORS_ORIGINS: 'HTTPS://Lite.KoboldAI.net:443/,http://[::1]:80,chrome-extension://AbC,https://bücher.example' },
  })
  assert.deepEqual(config.server.corsOrigins, [
    'https://lite.koboldai.net',
    'http://[::1]',
    'chrome-extension://abc',
    'https://xn--bcher-kva.example',
  ])
  const { lines } = tryConfig({
    yaml: 'server:\n  cors_origins:\n    - "https://a.example/page"\n    - file:///x\n    - "https://*.b.example"\n',
  })
  assert.deepEqual(
    lines.map((line) => line.slice(0, line.indexOf('.', 40))),
    [
      'keywheel.yaml:3:7 server.cors_origins[0]: This is no origin of a web page',
      'keywheel.yaml:4:7 server.cors_origins[1]: This is no origin of a web page',
      'keywheel.yaml:5:7 server.cors_origins[2]: This is no origin of a web page',
    ],
  )
})
