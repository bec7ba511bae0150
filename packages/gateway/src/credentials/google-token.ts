/** Access tokens of Google, made from a service account: fetched once, kept until shortly before they end. */
import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { RefusedCall } from '../domain/failure.ts'
import type { Secret } from '../domain/secret.ts'
import { refuseKey } from './refuse-key.ts'

interface Token {
  readonly text: string
  /** Milliseconds since the Unix epoch. */
  readonly endsAt: number
}

/** A token is replaced this long before its end, so that none ends on its way. */
const reserveMs = 5 * 60_000
const usualLifeSeconds = 3600
const patienceMs = 10_000

const accounts = new WeakMap<Secret, Account>()

/** @throws RefusedCall where the key is no service account, or Google gives no token for it. */
export function googleToken(secret: Secret, scope: string, wallNow: number): Promise<string> {
  let account = accounts.get(secret)
  if (account === undefined) accounts.set(secret, (account = new Account(secret, scope)))
  return account.token(wallNow)
}

class Account {
  readonly #secret: Secret
  readonly #scope: string
  #token: Token | undefined
  #fetching: Promise<Token> | undefined

  constructor(secret: Secret, scope: string) {
    this.#secret = secret
    this.#scope = scope
  }

  /** Whoever comes while one is being fetched waits for that one. */
  async token(wallNow: number): Promise<string> {
    if (this.#token !== undefined && wallNow < this.#token.endsAt - reserveMs) return this.#token.text
    this.#fetching ??= this.#fetch(wallNow).finally(() => (this.#fetching = undefined))
    this.#token = await this.#fetching
    return this.#token.text
  }

  async #fetch(wallNow: number): Promise<Token> {
    const key = this.#secret.reveal()
    // A token that somebody else has made: nothing is known of its end.
    if (key.startsWith('ya29.')) return { text: key, endsAt: Infinity }
    const { text, lifeSeconds } = await askForToken(await readServiceAccount(key), this.#scope)
    return { text, endsAt: wallNow + lifeSeconds * 1000 }
  }
}

interface ServiceAccount {
  readonly email: string
  readonly privateKey: string
  readonly tokenUri: string
}

const forms = 'The key of Google must be the JSON of a service account: as it is, in base64, or as @/path/to/file.json.'

async function readServiceAccount(key: string): Promise<ServiceAccount> {
  const json = parsed(await textOf(key))
  const { client_email: email, private_key: privateKey, token_uri: tokenUri } = json
  if (typeof email !== 'string' || typeof privateKey !== 'string') throw refuseKey(forms)
  if (!isPrivateKey(privateKey)) throw refuseKey('The private key of the service account cannot be used.')
  return {
    email,
    privateKey,
    tokenUri: typeof tokenUri === 'string' ? tokenUri : 'https://oauth2.googleapis.com/token',
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem)
    return true
  } catch {
    return false
  }
}

async function textOf(key: string): Promise<string> {
  if (key.startsWith('{')) return key
  if (!key.startsWith('@')) return Buffer.from(key, 'base64').toString()
  const path = key.slice(1)
  return await readFile(path, 'utf8').catch(() => {
    throw refuseKey(`The key of Google lies in ${path}, which cannot be read.`)
  })
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text)
    if (isFields(json)) return json
  } catch {
    // Told below: what the text holds must not be shown.
  }
  throw refuseKey(forms)
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function askForToken(account: ServiceAccount, scope: string): Promise<{ text: string; lifeSeconds: number }> {
  const { email, privateKey, tokenUri } = account
  const { JWT } = await import('google-auth-library')
  const client = new JWT({
    email,
    key: privateKey,
    scopes: [scope],
    // The library knows one address for tokens; accounts of other clouds name their own.
    additionalClaims: { aud: tokenUri },
    transporterOptions: { timeout: patienceMs, fetchImplementation: (_address, init) => fetch(tokenUri, init) },
  })
  try {
    await client.authorize()
    // The same token again, with how long it lives.
    const token = await client.gtoken?.getToken()
    if (token?.access_token === undefined) throw refuseKey('Google answered without a token for the service account.')
    return { text: token.access_token, lifeSeconds: token.expires_in ?? usualLifeSeconds }
  } catch (error) {
    throw error instanceof RefusedCall ? error : whyNoToken(error)
  }
}

/** What Google says of the account is the account's fault; what the network says is not. */
function whyNoToken(error: unknown): RefusedCall {
  const status = isFields(error) && typeof error['status'] === 'number' ? error['status'] : undefined
  if (status !== undefined && status >= 400 && status < 500 && status !== 429) {
    return refuseKey(`Google gives no token for this service account (status ${status}).`)
  }
  return refuseKey('Google could not be asked for a token.', 'unreachable')
}
