/** Keys in every form that their owners may write them in, and tokens from an endpoint on this machine. */
import assert from 'node:assert/strict'
import { createVerify, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { RefusedCall } from '../domain/failure.ts'
import { scrub } from '../domain/scrub.ts'
import { Secret } from '../domain/secret.ts'
import { regionOf } from './aws-keys.ts'
import { signRequest } from './sign.ts'
import type { SignedFor } from './sign.ts'
import { verifyAwsSignature } from './verify-aws-signature.test.ts'

const bedrock: SignedFor = { auth: { kind: 'sigv4', service: 'bedrock' } }
const vertex: SignedFor = { auth: { kind: 'google', scope: 'https://www.googleapis.com/auth/cloud-platform' } }
const noon = Date.UTC(2026, 10, 24, 12)

const request = {
  origin: 'https://bedrock-runtime.us-west-2.amazonaws.com',
  path: '/model/m%3A0/converse',
  headers: ['content-type', 'application/json'],
  body: Buffer.from('{}'),
  wallNow: noon,
}

async function signed(provider: SignedFor, key: string | Secret, wallNow: number = noon): Promise<Record<string, string>> {
  const flat = await signRequest(provider, typeof key === 'string' ? new Secret(key) : key, { ...request, wallNow })
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])))
}

function refused(reason: string, says: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof RefusedCall && error.failure.reason === reason && says.test(error.message)
}

test('an access key signs, with its session token where it has one', async () => {
  for (const token of [undefined, 'IQoJb3JpZ2luX2VjEXAMPLE==']) {
    const key = ['AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', ...(token === undefined ? [] : [token])].join(':')
    const headers = await signed(bedrock, key)
    assert.equal(headers['x-amz-security-token'], token)
    assert.match(headers['authorization'] ?? '', /Credential=AKIDEXAMPLE\/20261124\/us-west-2\/bedrock\/aws4_request/)
    const seen = {
      ...request,
      method: 'POST',
      headers: { host: new URL(request.origin).host, 'content-type': 'application/json', ...headers },
    }
    assert.ok(verifyAwsSignature(seen, 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'))
  }
})

test('an API key of Bedrock is sent as it is', async () => {
  assert.deepEqual(await signed(bedrock, 'ABSKQmVkcm9ja0FQSUtleQ=='), { authorization: 'Bearer ABSKQmVkcm9ja0FQSUtleQ==' })
})

test('half an access key is refused, and nothing of it is shown', async () => {
  for (const key of ['AKIDEXAMPLE:', ':secret-part', 'AKIDEXAMPLE:secret-part:', 'a:b:c:secret-part']) {
    await assert.rejects(
      signed(bedrock, key),
      (error: Error) => refused('key-rejected', /ACCESS_KEY_ID/)(error) && !error.message.includes('secret-part'),
    )
  }
})

test('the secret half of an access key is masked wherever it appears', async () => {
  await signed(bedrock, 'AKIDEXAMPLE:Zt7pQ1secretSecret/0987654321')
  assert.equal(scrub('it said Zt7pQ1secretSecret/0987654321 aloud'), 'it said [secret] aloud')
})

for (const [origin, filled, region] of [
  ['https://bedrock-runtime.eu-central-1.amazonaws.com', { region: 'us-west-2' }, 'eu-central-1'],
  ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com', undefined, 'us-gov-west-1'],
  ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn', undefined, 'cn-north-1'],
  ['https://vpce-0a1b-2c3d.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com', undefined, 'ap-southeast-2'],
  ['https://proxy.example.org', { region: 'sa-east-1' }, 'sa-east-1'],
  ['http://127.0.0.1:4000', undefined, 'us-east-1'],
] as const) {
  test(`the region of ${origin} is ${region}`, () => assert.equal(regionOf(origin, filled === undefined ? {} : { filled }), region))
}

// Google.

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })

interface Endpoint {
  readonly account: string
  /** The assertions that came, one for each token. */
  readonly asked: string[]
  reply: { readonly status: number; readonly body: object }
}

/** A token endpoint on this machine; its tokens are numbered. */
async function openEndpoint(t: TestContext): Promise<Endpoint> {
  const asked: string[] = []
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      asked.push(new URLSearchParams(Buffer.concat(parts).toString()).get('assertion') ?? '')
      const { status, body } = endpoint.reply
      const token = { access_token: `ya29.token-${asked.length}`, expires_in: 3600, token_type: 'Bearer' }
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(status === 200 ? token : body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const tokenUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const endpoint: Endpoint = { account: accountFor(tokenUri), asked, reply: { status: 200, body: {} } }
  return endpoint
}

function accountFor(tokenUri: string, key: unknown = pem): string {
  return JSON.stringify({ type: 'service_account', client_email: 'sa@p.iam.gserviceaccount.com', private_key: key, token_uri: tokenUri })
}

const tokenOf = async (key: string | Secret, wallNow?: number): Promise<string | undefined> =>
  (await signed(vertex, key, wallNow))['authorization']

test('a service account is taken as JSON, in base64 and from a file', async (t) => {
  const { account, asked } = await openEndpoint(t)
  const directory = mkdtempSync(join(tmpdir(), 'keywheel-test-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'account.json')
  writeFileSync(path, account)
  for (const key of [account, Buffer.from(account).toString('base64'), `@${path}`]) {
    assert.match((await tokenOf(key)) ?? '', /^Bearer ya29\.token-\d$/)
  }
  assert.equal(asked.length, 3)
})

test('the assertion names the account, the scope and the endpoint, and is signed with the account’s key', async (t) => {
  const { account, asked } = await openEndpoint(t)
  await tokenOf(account)
  const [head = '', claims = '', signature = ''] = asked[0]?.split('.') ?? []
  const { iss, scope, aud, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  assert.deepEqual(
    { iss, scope, aud, life: exp - iat },
    {
      iss: 'sa@p.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: JSON.parse(account).token_uri,
      life: 3600,
    },
  )
  assert.ok(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url'))
})

test('one token serves all calls until shortly before it ends, and calls at once share one question', async (t) => {
  const { account, asked } = await openEndpoint(t)
  const secret = new Secret(account)
  const first = await Promise.all([1, 2, 3, 4].map(() => tokenOf(secret)))
  assert.deepEqual(new Set(first), new Set(['Bearer ya29.token-1']))
  assert.equal(await tokenOf(secret, noon + 54 * 60_000), 'Bearer ya29.token-1')
  assert.equal(await tokenOf(secret, noon + 56 * 60_000), 'Bearer ya29.token-2')
  assert.equal(asked.length, 2)
})

test('an account that Google refuses is a rejected key, and the next call asks again', async (t) => {
  const endpoint = await openEndpoint(t)
  const secret = new Secret(endpoint.account)
  endpoint.reply = { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } }
  await assert.rejects(tokenOf(secret), refused('key-rejected', /status 400/))
  endpoint.reply = { status: 200, body: {} }
  assert.match((await tokenOf(secret)) ?? '', /ya29/)
})

test('an endpoint that cannot be reached says nothing about the key', async (t) => {
  const endpoint = await openEndpoint(t)
  const nowhere = new Secret(accountFor('http://127.0.0.1:1/token'))
  await assert.rejects(tokenOf(nowhere), refused('unreachable', /could not be asked/))
  endpoint.reply = { status: 404, body: {} }
  await assert.rejects(tokenOf(endpoint.account), refused('key-rejected', /status 404/))
})

test('what is no service account is a rejected key, and nothing of it is shown', async () => {
  for (const key of [
    '{"private_key":"hidden"',
    '{"type":"authorized_user"}',
    'bm90IGpzb24=',
    '@/does/not/exist.json',
    accountFor('http://127.0.0.1:1', 'hidden'),
  ]) {
    await assert.rejects(tokenOf(key), (error: Error) => refused('key-rejected', /./)(error) && !error.message.includes('hidden'))
  }
})

test('a token that somebody else made is sent as it is', async () => {
  assert.equal(await tokenOf('ya29.a0Af-made-elsewhere'), 'Bearer ya29.a0Af-made-elsewhere')
})

test('for any other provider nothing is signed', async () => {
  assert.deepEqual(await signed({ auth: { kind: 'bearer' } }, 'k'), {})
})
