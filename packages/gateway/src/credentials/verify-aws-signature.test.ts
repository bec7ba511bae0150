/**
 * What AWS does with a signed request, written from its description and without the library that signs: for tests that see
 * the request as it arrived.
 */
import { createHash, createHmac } from 'node:crypto'

export interface SeenRequest {
  readonly method: string
  /** As it stood in the request line. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export function verifyAwsSignature(seen: SeenRequest, secretAccessKey: string): boolean {
  const form = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w{64})$/
  const [, , day = '', region = '', service = '', names = '', signature] = form.exec(seen.headers['authorization'] ?? '') ?? []
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', seen.headers['x-amz-date'], scope, sha256(canonical(seen, names))].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`))
  const bodyIsMeant = (seen.headers['x-amz-content-sha256'] ?? sha256(seen.body)) === sha256(seen.body)
  return bodyIsMeant && signature === hmac(key, text).toString('hex')
}

function canonical({ method, path, headers, body }: SeenRequest, names: string): string {
  const [pathname = '', query = ''] = path.split('?')
  // What is encoded on the wire is encoded once more here (all services but S3).
  const encoded = pathname.split('/').map(encodeStrictly).join('/')
  const pairs =
    query === ''
      ? []
      : query.split('&').map((pair) =>
          pair
            .split('=')
            .map((part) => encodeStrictly(decodeURIComponent(part)))
            .join('='),
        )
  const fields = names.split(';').map((name) => `${name}:${(headers[name] ?? '').trim()}\n`)
  return [method, encoded, pairs.toSorted().join('&'), fields.join(''), names, sha256(body)].join('\n')
}

function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
