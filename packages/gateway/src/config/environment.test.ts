import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEnvFile } from './env-file.ts'
import type { Findings } from './problem.ts'
import { accepted, tryConfig } from './try-config.test.ts'

function parsed(text: string): { values: Record<string, string>; findings: Findings } {
  const findings: Findings = { problems: [], warnings: [] }
  const values = Object.fromEntries(parseEnvFile(text, '.env', findings).map(({ name, value }) => [name, value]))
  return { values, findings }
}

test('values are read with quotes, comments, export and Windows line ends', () => {
  const { values, findings } = parsed(
    [
      '# comment',
      'PLAIN=a#b c # comment',
      'export QUOTED="x # y\\n\\"z\\" \\\\" # comment',
      'SINGLE=\'a\\n"b" #\'',
      '  SPACED  =  value  ',
      'EMPTY=',
      'COMMENTED= # nothing',
      'JSON={"a": {"id": "b"}}',
      'EQUALS=a=b==',
    ].join('\r\n'),
  )
  assert.deepEqual(values, {
    PLAIN: 'a#b c',
    QUOTED: 'x # y\n"z" \\',
    SINGLE: 'a\\n"b" #',
    SPACED: 'value',
    EMPTY: '',
    COMMENTED: '',
    JSON: '{"a": {"id": "b"}}',
    EQUALS: 'a=b==',
  })
  assert.deepEqual(findings, { problems: [], warnings: [] })
})

test('a line that is no assignment and a quote that does not end are refused without their text', () => {
  const { findings } = parsed('GOOD=1\nsk-secret-without-name\nOPEN="sk-secret\nAFTER="a" b')
  assert.deepEqual(
    findings.problems.map(({ line, path, message }) => [line, path, message]),
    [
      [2, '', 'This line is no assignment.'],
      [3, 'OPEN', 'The quoted value does not end as it should.'],
      [4, 'AFTER', 'The quoted value does not end as it should.'],
    ],
  )
  assert.doesNotMatch(JSON.stringify(findings), /sk-secret/)
})

test('a variable that is set twice in a file is warned of, and the last one counts', () => {
  const { values, findings } = parsed('A=1\nA=2')
  assert.deepEqual(values, { A: '2' })
  assert.deepEqual(findings.warnings, ['A is set twice in .env, in lines 1 and 2; the last one counts.'])
})

test('later files win over .env, and the process over all of them, even with a blank', () => {
  const files = { 'a.env': 'PORT=2\nHOST=localhost', 'b.env': 'PORT=3' }
  const dotenv = 'PORT=1\nMAX_TOKENS_LIMIT=5'
  const config = accepted({ dotenv, files, envFiles: ['a.env', 'b.env'] })
  assert.deepEqual([config.server.port, config.server.host, config.maxTokensLimit], [3, 'localhost', 5])
  assert.equal(accepted({ dotenv, files, envFiles: ['b.env'], env: { PORT: '' } }).server.port, 8000)
})

test('templates are never loaded and a file that was asked for must exist', () => {
  const files = { '.env.example': 'PORT=9' }
  assert.equal(accepted({ files }).server.port, 8000)
  assert.match(tryConfig({ files, envFiles: ['.env.example'] }).lines[0] ?? '', /^\.env\.example --env-file: This is a template/)
  assert.match(tryConfig({ envFiles: ['none.env'] }).lines[0] ?? '', /^none\.env --env-file: There is no such file/)
})

test('a byte order mark in front of .env is nothing', () => {
  assert.equal(accepted({ dotenv: '\uFEFFPORT=7' }).server.port, 7)
})
