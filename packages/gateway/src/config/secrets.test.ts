import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  array,
  assert as assertProperty,
  boolean,
  constant,
  constantFrom,
  dictionary,
  integer,
  letrec,
  oneof,
  property,
  string,
} from 'fast-check'
import { stringify } from 'yaml'
import { accepted, tryConfig } from './try-config.test.ts'

const secret = 'Zq7secretQx92vbnm'

/** Places where a secret may end up by mistake. */
const misplaced: readonly string[] = [
  `providers: { groq: { keys: ${secret} } }`,
  `providers: { groq: { keys: { ${secret}: x } } }`,
  `providers: { groq: { keys: [{ kee: ${secret} }] } }`,
  `providers: { groq: { keys: ["\${${secret}}"] } }`,
  `providers: { groq: { keys: ["${secret} "] , rotation: ${secret} } }`,
  `providers: { ${secret}: {} }`,
  `access: { proxy_api_keys: ${secret} }`,
  `access: { ${secret}: true }`,
  `aliases: { a: ${secret} }`,
  `server: { port: ${secret}, cors_origins: [${secret}] }`,
  `providers: { groq: { base_url: "https://user:${secret}@example.org" } }`,
  `virtual_models: { a: { fallback_chain: [{ provider: ${secret}, model: m }] } }`,
  `keys: *${secret}`,
  `a: "${secret}`,
  secret,
  `%${secret} x\n---\na: !${secret} b`,
]

test('no message repeats a secret that the environment holds, wherever else it was written', () => {
  for (const yaml of misplaced) {
    const { problems, lines } = tryConfig({ yaml, env: { GROQ_API_KEY: secret } })
    assert.ok(problems.length > 0, yaml)
    assert.ok(!JSON.stringify([problems, lines]).includes(secret), `${yaml}\n${lines.join('\n')}`)
  }
})

test('a key in a wrong place is hidden by its looks alone', () => {
  const key = 'sk-proj-abcdEFGH1234abcdEFGH1234'
  for (const yaml of misplaced.map((text) => text.replaceAll(secret, key))) {
    assert.ok(!tryConfig({ yaml }).lines.join('\n').includes(key), yaml)
  }
})

test('ordinary names stay readable', () => {
  assert.match(
    tryConfig({ yaml: 'aliases: { a: skip-the-long-model-name-v2 }' }).lines.join(),
    /There is no model skip-the-long-model-name-v2\./,
  )
})

test('warnings name variables, never values', () => {
  const env = { GROQ_API_KEY_1: secret, GROQ_API_KEY_2: secret, NOBODY_API_KEY: secret, GROQ_API_KEY_ODD: secret }
  const { warnings } = accepted({ env, yaml: `providers: { groq: { keys: [${secret}] } }` })
  assert.equal(warnings.length, 4)
  assert.ok(!warnings.join('\n').includes(secret))
})

const names =
  'server providers virtual_models aliases access proxy_api_keys keys key port groq mine a b fallback_chain provider model timeouts log levels'
const strange = [
  'base_url',
  'constructor',
  '__proto__',
  'toString',
  '1',
  '${SECRET}',
  '${NOWHERE}',
  '${',
  'https://x.example',
  '*',
  'null',
  '~',
]
const words: readonly string[] = [...names.split(' '), ...strange, secret, `sk-${secret}`]

test('whatever is written, it is accepted or refused with problems, and a secret stays one', () => {
  const word = constantFrom(...words)
  const { tree } = letrec<{ tree: unknown }>((tie) => ({
    tree: oneof(
      { maxDepth: 4, withCrossShrink: true },
      oneof(word, integer(), boolean(), constant(null), string()),
      dictionary(word, tie('tree'), { maxKeys: 5 }),
      array(tie('tree'), { maxLength: 4 }),
    ),
  }))
  const yaml = oneof(
    tree.map((value) => stringify(value)),
    tree.map((value) => stringify({ providers: { mine: value, groq: value }, virtual_models: { v: value }, aliases: { x: value } })),
    array(oneof(word, constantFrom('\n', ': ', '- ', '{', '}', '[', ']', '"', "'", '&a ', '*a', '!t ', '  ', '\t', '#', '---\n')), {
      maxLength: 30,
    }).map((parts) => parts.join('')),
  )
  assertProperty(
    property(yaml, string(), (text, dotenv) => {
      const { config, problems, lines } = tryConfig({ yaml: text, dotenv, env: { SECRET: secret, MINE_API_KEY: secret } })
      assert.ok(config !== undefined || problems.length > 0)
      assert.ok(!JSON.stringify([config?.warnings, problems, lines]).includes(secret))
    }),
    { numRuns: 400 },
  )
})
