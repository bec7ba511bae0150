/** Signatures against the vendor's published vectors, and against a verification written here from its description. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsSignature } from './aws-signature.ts'
import type { AwsCredentials } from './aws-signature.ts'
import { verifyAwsSignature } from './verify-aws-signature.test.ts'

const credentials: AwsCredentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const sessionToken =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='

const vector = { method: 'POST', origin: 'https://example.amazonaws.com', path: '/', headers: [], body: Buffer.alloc(0) }
const form = ['content-type', 'application/x-www-form-urlencoded']
const wallNow = Date.UTC(2015, 7, 30, 12, 36)

for (const [name, changes, signed, signature] of [
  ['post-vanilla', {}, 'host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-x-www-form-urlencoded',
    { headers: form, body: Buffer.from('Param1=value1') },
    'content-type;host;x-amz-date',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'get-space',
    { method: 'GET', path: '/example space/' },
    'host;x-amz-date',
    '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  ],
  [
    'post-sts-header-before',
    { sessionToken },
    'host;x-amz-date;x-amz-security-token',
    '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  ],
] as const) {
  test(`the vendor’s vector ${name}`, async () => {
    const { sessionToken: token, ...request } = { sessionToken: undefined, ...changes }
    const scope = {
      credentials: token === undefined ? credentials : { ...credentials, sessionToken: token },
      region: 'us-east-1',
      service: 'service',
      checksum: false,
    }
    const headers = fieldsOf(await awsSignature({ ...vector, ...request, wallNow }, scope))
    const credential = 'Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'
    assert.equal(headers['authorization'], `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=${signature}`)
    assert.equal(headers['x-amz-date'], '20150830T123600Z')
  })
}

function fieldsOf(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])))
}

for (const path of [
  '/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse-stream',
  '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.amazon.nova-lite-v1%3A0/converse',
  '/model/m/converse?a=1&b=%20x',
]) {
  test(`what is signed is what goes out: ${path.slice(7, 40)}`, async () => {
    const body = Buffer.from('{"messages":[{"role":"user","content":[{"text":"Grüße 👋🏽"}]}]}')
    const own = ['content-type', 'application/json', 'accept', '*/*', 'user-agent', 'keywheel/1']
    const request = { method: 'POST', origin: 'https://bedrock-runtime.eu-west-1.amazonaws.com', path, headers: own, body, wallNow }
    const scope = { credentials: { ...credentials, sessionToken: 'tok/en==' }, region: 'eu-west-1', service: 'bedrock' }
    const added = fieldsOf(await awsSignature(request, scope))
    const headers = { ...fieldsOf(own), host: 'bedrock-runtime.eu-west-1.amazonaws.com', ...added }
    assert.equal(added['x-amz-security-token'], 'tok/en==')
    assert.match(added['authorization'] ?? '', /SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/)
    const seen = { method: 'POST', path, headers, body }
    assert.ok(verifyAwsSignature(seen, credentials.secretAccessKey))
    assert.ok(!verifyAwsSignature({ ...seen, body: Buffer.from('{}') }, credentials.secretAccessKey), 'another body')
    assert.ok(!verifyAwsSignature({ ...seen, path: path.replace('model', 'models') }, credentials.secretAccessKey), 'another path')
    assert.ok(!verifyAwsSignature({ ...seen, headers: { ...headers, host: 'example.org' } }, credentials.secretAccessKey), 'another host')
    assert.ok(!verifyAwsSignature(seen, 'another secret'))
  })
}
