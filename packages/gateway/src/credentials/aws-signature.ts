/** AWS Signature Version 4 over a request, as the bytes go out. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
import { createHash, createHmac } from 'node:crypto'
import type { Hash, Hmac } from 'node:crypto'
import type { SignatureV4 } from '@smithy/signature-v4'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface AwsScope {
  readonly credentials: AwsCredentials
  readonly region: string
  readonly service: string
  /** Sends the checksum of the body beside the signature; left out only by the vendor's test vectors. */
  readonly checksum?: boolean
}

export interface AwsRequest {
  readonly method: string
  readonly origin: string
  /** As it goes onto the wire: encoded once. */
  readonly path: string
  /** Flat. */
  readonly headers: readonly string[]
  readonly body: Buffer
  /** Milliseconds since the Unix epoch. */
  readonly wallNow: number
}

/** A proxy on the way may change the others. */
const signedHeaders: ReadonlySet<string> = new Set(['content-type'])

/** The headers to add, flat. */
export async function awsSignature(request: AwsRequest, scope: AwsScope): Promise<readonly string[]> {
  const { method, origin, path, headers, body, wallNow } = request
  const { protocol, host, hostname } = new URL(origin)
  const [pathname = '/', query = ''] = path.split('?', 2)
  const before: Record<string, string> = { host }
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = '', value = ''] = headers.slice(at, at + 2)
    if (signedHeaders.has(name)) before[name] = value
  }
  const signer = await signerFor(scope)
  const unsigned = { method, protocol, hostname, path: pathname, query: queryOf(query), headers: before, body }
  const signed = await signer.sign(unsigned, { signingDate: new Date(wallNow) })
  return Object.entries(signed.headers).flatMap(([name, value]) => (Object.hasOwn(before, name) ? [] : [name, value]))
}

function queryOf(query: string): Record<string, string[]> {
  const named: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(query)) named[name] = [...(named[name] ?? []), value]
  return named
}

const signers = new WeakMap<AwsScope, Promise<SignatureV4>>()

/** Loaded when the first request is signed: the gateway's start does not pay for it. */
function signerFor(scope: AwsScope): Promise<SignatureV4> {
  const known = signers.get(scope)
  if (known !== undefined) return known
  const { credentials, region, service, checksum = true } = scope
  const made = import('@smithy/signature-v4').then(
    (library) => new library.SignatureV4({ credentials, region, service, applyChecksum: checksum, sha256: Sha256 }),
  )
  signers.set(scope, made)
  return made
}

/** Node's own, in the form that the signer wants: with a secret an HMAC. */
class Sha256 {
  readonly #secret: Bytes | undefined
  #hash: Hash | Hmac

  constructor(secret?: Bytes) {
    this.#secret = secret
    this.#hash = Sha256.#begin(secret)
  }

  update(chunk: Bytes): void {
    this.#hash.update(plain(chunk))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {
    this.#hash = Sha256.#begin(this.#secret)
  }

  static #begin(secret: Bytes | undefined): Hash | Hmac {
    return secret === undefined ? createHash('sha256') : createHmac('sha256', plain(secret))
  }
}

type Bytes = string | ArrayBuffer | ArrayBufferView

function plain(bytes: Bytes): string | Uint8Array {
  if (typeof bytes === 'string') return bytes
  return ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes)
}
