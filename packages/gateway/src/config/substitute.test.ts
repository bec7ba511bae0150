import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, keysOf, tryConfig } from './try-config.test.ts'

test('a variable is put into a text, from the environment before .env', () => {
  const yaml = 'providers: { mine: { base_url: "http://${BOX}:${BOX_PORT}/v1", keys: ["${ONE}"] } }'
  const config = accepted({ yaml, dotenv: 'BOX=a.example\nBOX_PORT=1\nONE=from-env-file', env: { ONE: 'from-process' } })
  assert.equal(config.providers[0]?.baseUrl, 'http://a.example:1/v1')
  assert.deepEqual(keysOf(config, 'mine'), [['from-process', 'keywheel.yaml:1', 1]])
})

test('numbers and switches may come from variables, texts that look like them stay texts', () => {
  const yaml = 'server: { port: "${P}" }\naccess: { allow_open_access: "${OPEN}" }\nproviders: { groq: { keys: ["${DIGITS}"] } }'
  const config = accepted({ yaml, env: { P: '81', OPEN: 'true', DIGITS: '1234567890' } })
  assert.equal(config.server.port, 81)
  assert.equal(config.access.allowOpenAccess, true)
  assert.deepEqual(keysOf(config, 'groq')[0]?.[0], '1234567890')
})

test('a value is put in once and cannot change the file', () => {
  const hostile = 'x", keys: [stolen], more: "${PATH}\n- b'
  const config = accepted({
    yaml: 'virtual_models: { a: { description: "${TEXT}", fallback_chain: [{ provider: ollama, model: m }] } }',
    env: { TEXT: hostile },
  })
  assert.equal(config.virtualModels[0]?.description, hostile)
})

test('two dollar signs stand for the characters themselves', () => {
  const config = accepted({ yaml: 'data_dir: "/a/$${HOME}/$5"' })
  assert.equal(config.dataDirectory, '/a/${HOME}/$5')
})

test('a variable that is not set, or blank, or no name is refused where it stands', () => {
  const yaml = 'providers:\n  groq:\n    keys:\n      - "${MINE_KYE}"\n      - "${BLANK}"\n      - "${not a name}"\n      - "${OPEN"\n'
  assert.deepEqual(tryConfig({ yaml, env: { MINE_KEY: 'x', BLANK: '  ' } }).lines, [
    'keywheel.yaml:4:9 providers.groq.keys[0]: The variable MINE_KYE is not set. Set it in the environment or in .env. Did you mean MINE_KEY?',
    'keywheel.yaml:5:9 providers.groq.keys[1]: The variable BLANK is blank. Give it a value, or remove this entry.',
    'keywheel.yaml:6:9 providers.groq.keys[2]: ${…} does not hold the name of a variable. Write ${NAME}, or $${ for the characters themselves.',
    'keywheel.yaml:7:9 providers.groq.keys[3]: ${…} does not hold the name of a variable. Write ${NAME}, or $${ for the characters themselves.',
  ])
})

test('a number whose variable is not set is reported once', () => {
  assert.equal(tryConfig({ yaml: 'server: { port: "${NOWHERE}" }' }).problems.length, 1)
})
