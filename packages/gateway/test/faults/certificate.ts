/** Certificates for tests, made on the spot (X.509, DER): no key lies in the repository, and each can be wrong in its own way. */
import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export interface Certified {
  /** PEM, as `tls.createServer` takes them. */
  readonly cert: string
  readonly key: string
}

export interface CertificateGiven {
  /** The host that it is for. */
  readonly host: string
  readonly from?: Date
  readonly until?: Date
}

const dayMs = 86_400_000

/** Signed by itself; valid from yesterday to tomorrow unless told. */
export function certificateFor({ host, from = inDays(-1), until = inDays(1) }: CertificateGiven): Certified {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(set(sequence(objectId(0x55, 0x04, 0x03), utf8(host))))
  const names = sequence(tagged(0x82, Buffer.from(host)))
  const alternatives = sequence(objectId(0x55, 0x1d, 0x11), tagged(0x04, names))
  const contents = sequence(
    tagged(0xa0, integer(2)),
    integer(1),
    ecdsaWithSha256,
    name,
    sequence(time(from), time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(alternatives)),
  )
  return { cert: pemOf(sequence(contents, ecdsaWithSha256, signatureOf(contents, privateKey))), key: keyText(privateKey) }
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * dayMs)
}

function signatureOf(contents: Buffer, privateKey: KeyObject): Buffer {
  return tagged(0x03, Buffer.from([0]), sign('sha256', contents, privateKey))
}

function keyText(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts)
const set = (...parts: readonly Buffer[]): Buffer => tagged(0x31, ...parts)
const integer = (value: number): Buffer => tagged(0x02, Buffer.from([value]))
const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text))
const objectId = (...bytes: readonly number[]): Buffer => tagged(0x06, Buffer.from(bytes))
const time = (date: Date): Buffer => tagged(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`))
const ecdsaWithSha256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
