import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeProblems } from './load-config.ts'
import { accepted, tryConfig } from './try-config.test.ts'

/** What is written, and every problem it has. */
const cases: readonly (readonly [title: string, yaml: string, lines: readonly string[]])[] = [
  ['an unknown section', 'provders: {}', ['keywheel.yaml:1:1 provders: There is no such field. Did you mean providers?']],
  ['an unknown field, at its name', 'server:\n  hostt: x', ['keywheel.yaml:2:3 server.hostt: There is no such field. Did you mean host?']],
  [
    'a field with another name elsewhere',
    'virtual_models:\n  a:\n    settings: { timeout_ms: 5 }\n    fallback_chain: [{ provider: groq, model: m }]',
    [
      'keywheel.yaml:3:5 virtual_models.a.settings: There is no such field. Write timeouts: { deadline_ms: … } instead of settings: { timeout_ms: … }.',
    ],
  ],
  [
    'a missing field, where it should be',
    'virtual_models:\n  a:\n    fallback_chain:\n      - { model: m }\n',
    ['keywheel.yaml:4:9 virtual_models.a.fallback_chain[0].provider: The field provider is missing. Add it: a text.'],
  ],
  [
    'a field in the wrong words',
    'virtual_models:\n  b: { fallbackchain: [] }',
    [
      'keywheel.yaml:2:3 virtual_models.b.fallback_chain: The field fallback_chain is missing. Add it: a list.',
      'keywheel.yaml:2:8 virtual_models.b.fallbackchain: There is no such field. Did you mean fallback_chain?',
    ],
  ],
  [
    'a text for a number',
    'server: { port: "80a" }',
    ['keywheel.yaml:1:17 server.port: This must be a number. Write a number, without quotes or unit.'],
  ],
  [
    'a number for a text',
    'data_dir: 5',
    ['keywheel.yaml:1:11 data_dir: This must be a text. Write a text, between quotes if it looks like a number.'],
  ],
  [
    'a number that is too large',
    'server: { port: 70000 }',
    ['keywheel.yaml:1:17 server.port: The number is too large. Write at most 65535.'],
  ],
  [
    'a number that is too small',
    'timeouts: { idle_ms: 0 }',
    ['keywheel.yaml:1:22 timeouts.idle_ms: The number is too small. Write at least 1.'],
  ],
  [
    'a wrong word',
    'providers: { groq: { rotation: random } }',
    ['keywheel.yaml:1:32 providers.groq.rotation: The value is none of those that exist. Write balanced or sequential.'],
  ],
  [
    'a wrong component and a wrong level',
    'log: { levels: { rooter: info, http: loud } }',
    [
      'keywheel.yaml:1:18 log.levels.rooter: There is no such field. Did you mean router?',
      'keywheel.yaml:1:38 log.levels.http: The value is none of those that exist. Write trace or debug or info or warn or error or silent.',
    ],
  ],
  [
    'a name with capitals',
    'providers: { Groq: {} }',
    ['keywheel.yaml:1:14 providers.Groq: This name cannot be used. Use lower-case letters, digits, dots, dashes and underscores.'],
  ],
  [
    'an empty chain',
    'virtual_models: { a: { fallback_chain: [] } }',
    ['keywheel.yaml:1:40 virtual_models.a.fallback_chain: The list has no entry. Add one, or remove the whole.'],
  ],
  [
    'a key of the wrong kind',
    'providers: { groq: { keys: [5] } }',
    ['keywheel.yaml:1:29 providers.groq.keys[0]: The value cannot be used. Write the key as text, or { key: …, priority: … }.'],
  ],
  [
    'windows and hedging that make no sense',
    'retry: { hedge: { after_percentile: 95 } }\nproviders:\n  groq: { window: { every: day, rolling_ms: 5000 } }\n  openai: { window: hourly }\n  together: { window: { every: day, time_zone: Mars } }',
    [
      'keywheel.yaml:1:37 retry.hedge.after_percentile: The number is too large. Write at most 0.999.',
      'keywheel.yaml:3:19 providers.groq.window: The value cannot be used. Write either rolling_ms alone, or every, with hour and time_zone if need be.',
      'keywheel.yaml:4:21 providers.openai.window: The value cannot be used. Write provider, or { rolling_ms: … }, or { every: day, hour: 3, time_zone: UTC }.',
      'keywheel.yaml:5:48 providers.together.window.time_zone: The value cannot be used. Write a time zone such as UTC or America/Los_Angeles.',
    ],
  ],
  [
    'multipliers and groups that make no sense',
    'providers:\n  groq: { concurrency_multipliers: { first: 2, 2: 0.5 }, quota_groups: { a: [] } }',
    [
      'keywheel.yaml:2:38 providers.groq.concurrency_multipliers.first: This name cannot be used. Use priorities: whole numbers from 1.',
      'keywheel.yaml:2:51 providers.groq.concurrency_multipliers.2: The number is too small. Write at least 1.',
      'keywheel.yaml:2:77 providers.groq.quota_groups.a: The list has no entry. Add one, or remove the whole.',
    ],
  ],
  [
    'a key with an unknown field',
    'providers: { groq: { keys: [{ key: abcdefgh, prio: 1 }] } }',
    ['keywheel.yaml:1:46 providers.groq.keys[0].prio: There is no such field. Did you mean priority?'],
  ],
  [
    'an address that is none',
    'providers:\n  groq: { base_url: "ftp://x" }\n  openai: { base_url: "https://a:b@example.org" }',
    [
      'keywheel.yaml:2:21 providers.groq.base_url: The address cannot be used. Write an address such as https://api.example.org/v1.',
      'keywheel.yaml:3:23 providers.openai.base_url: The address cannot be used. Write an address such as https://api.example.org/v1, with the key in <NAME>_API_KEY or keys.',
    ],
  ],
  [
    'a provider that nobody knows',
    'providers:\n  groqq: {}',
    ['keywheel.yaml:2:3 providers.groqq: The catalogue has no provider groqq. Give it a base_url, or set GROQQ_API_BASE.'],
  ],
  [
    'a chain that names an unknown provider',
    'virtual_models:\n  a:\n    fallback_chain:\n      - { provider: ollama, model: m }\n      - { provider: gorq, model: m }',
    ['keywheel.yaml:5:21 virtual_models.a.fallback_chain[1].provider: There is no such provider. Did you mean groq?'],
  ],
  [
    'the same name twice',
    'server: {}\nserver: {}',
    ['keywheel.yaml:2:1 : This name is written twice in the same place. Keep one of the two.'],
  ],
  [
    'several documents',
    'server: {}\n---\nserver: {}',
    ['keywheel.yaml:2:1 : The file holds several documents. Remove the line --- and everything that does not belong.'],
  ],
  ['a tab', 'server:\n\tport: 1', ['keywheel.yaml:2:1 : A tab is used for indentation. Use spaces.']],
  ['a tag', 'data_dir: !secret x', ['keywheel.yaml:1:11 : Tags such as !this are not understood. Remove the tag.']],
  ['a list instead of sections', '- a', ['keywheel.yaml : This must be a group of fields. Write fields below it: name: value.']],
  [
    'a name that would reach a prototype',
    '__proto__: { polluted: true }',
    ['keywheel.yaml:1:1 __proto__: This name cannot be used. Remove it.'],
  ],
  [
    'an anchor inside itself',
    'providers: &a\n  groq: *a',
    ['keywheel.yaml:2:9 providers.groq: An anchor is used inside itself. Write out what is meant.'],
  ],
]

for (const [title, yaml, expected] of cases) {
  test(`refused with its position: ${title}`, () => {
    assert.deepEqual(tryConfig({ yaml }).lines, expected)
  })
}

test('one file tells all its problems at once, from the top', () => {
  const yaml = 'server: { hostt: x }\naliases: { a: nothing-like-it }\nproviders: { groq: { keys: 5 }, nobody: {} }\n'
  assert.deepEqual(
    tryConfig({ yaml, env: { PORT: 'x' } }).lines.map((line) => line.split(': ')[0]),
    [
      'keywheel.yaml:1:11 server.hostt',
      'keywheel.yaml:2:15 aliases.a',
      'keywheel.yaml:3:28 providers.groq.keys',
      'keywheel.yaml:3:33 providers.nobody',
      'environment PORT',
    ],
  )
})

test('anchors that unfold into far too much are refused, quickly', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let depth = 1; depth < 12; depth += 1)
    lines.push(
      `a${depth}: &a${depth} [${Array(10)
        .fill(`*a${depth - 1}`)
        .join(', ')}]`,
    )
  const started = performance.now()
  assert.match(tryConfig({ yaml: lines.join('\n') }).lines.join('\n'), /unfolds into far too much/)
  assert.ok(performance.now() - started < 2000)
})

test('an anchor may be used again', () => {
  const yaml = 'timeouts: &slow { idle_ms: 9 }\nproviders: { groq: { timeouts: *slow } }'
  assert.deepEqual(accepted({ yaml }).providers[0]?.timeouts, { idleMs: 9 })
})

test('a deeply nested file is refused and does not end the process', () => {
  assert.equal(tryConfig({ yaml: '['.repeat(20_000) }).problems.length, 1)
  assert.ok(tryConfig({ yaml: `a: ${'{a: '.repeat(60)}1${'}'.repeat(60)}` }).problems.length > 0)
})

test('a file that is not UTF-8 or far too large is refused', () => {
  assert.match(tryConfig({ yaml: `# ${'x'.repeat(1024 * 1024)}` }).lines[0] ?? '', /larger than 1 MiB/)
})

test('wrong values of the environment are problems too, with the line of .env', () => {
  const dotenv =
    '# settings\nPORT=http\n\nLOG_LEVEL=info,rooter=debug\nGROQ_API_KEY=x1234567\nROTATION_MODE_GROQ=random\nGROQ_MODELS=[a]\nGROQ_API_BASE=nonsense'
  const env = {
    MAX_TOKENS_LIMIT: '0',
    GLOBAL_TIMEOUT: '30s',
    ALLOW_OPEN_ACCESS: 'maybe',
    TIMEOUT_CONNECT: '0',
    USAGE_RETENTION_DAYS: '1.5',
  }
  assert.deepEqual(tryConfig({ dotenv, env }).lines.toSorted(), [
    '.env:2 PORT: The value cannot be used. Write a whole number from 0 to 65535.',
    '.env:4 LOG_LEVEL: The value cannot be used. Write a component that exists: router.',
    '.env:6 ROTATION_MODE_GROQ: The value cannot be used. Write balanced or sequential.',
    '.env:7 GROQ_MODELS: The value cannot be used. Write JSON: ["model", …] or {"public name": {"id": "model", "options": {}}}.',
    '.env:8 GROQ_API_BASE: The value cannot be used. Write an address such as https://api.example.org/v1.',
    'environment ALLOW_OPEN_ACCESS: The value cannot be used. Write true or false.',
    'environment GLOBAL_TIMEOUT: The value cannot be used. Write a number of seconds such as 30 or 2.5, at most 86400, more than 0.',
    'environment MAX_TOKENS_LIMIT: The value cannot be used. Write a whole number, 1 or more.',
    'environment TIMEOUT_CONNECT: The value cannot be used. Write a number of seconds such as 30 or 2.5, at most 86400, more than 0.',
    'environment USAGE_RETENTION_DAYS: The value cannot be used. Write a whole number from 1 to 36500.',
  ])
  assert.match(tryConfig({ flags: { port: '8o00' } }).lines[0] ?? '', /^command line --port: /)
})

test('people read a line for each problem', () => {
  const problem = { message: 'There is no such field.', remedy: 'Did you mean host?' }
  assert.equal(
    describeProblems([
      { file: 'keywheel.yaml', line: 3, column: 5, path: 'server.hostt', ...problem },
      { file: '.env', line: 2, path: '', message: 'No assignment.', remedy: 'Remove it.' },
    ]),
    'keywheel.yaml:3:5  server.hostt: There is no such field. Did you mean host?\n.env:2: No assignment. Remove it.',
  )
})
