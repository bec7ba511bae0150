/** Decodes compressed answers, bounded: we ask for none, but some providers send them anyway. */
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { Transform } from 'node:stream'

/** Beyond this many decoded bytes for each byte received, from a first MiB on, an answer is a bomb. */
const mostRatio = 100
const ratioMatters = 1024 * 1024

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
}

export interface DecoderListener {
  data(chunk: Buffer): void
  end(): void
  /** Cut off, corrupt, or too large for what was received. */
  failed(): void
}

export class Decoder {
  readonly #stream: Transform
  #received = 0
  #decoded = 0

  constructor(stream: Transform, listener: DecoderListener) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => {
      this.#decoded += chunk.length
      if (this.#decoded > ratioMatters && this.#decoded > this.#received * mostRatio) {
        this.destroy()
        listener.failed()
      } else listener.data(chunk)
    })
    stream.once('end', () => listener.end())
    stream.once('error', () => listener.failed())
  }

  write(chunk: Buffer): void {
    this.#received += chunk.length
    this.#stream.write(chunk)
  }

  end(): void {
    this.#stream.end()
  }

  destroy(): void {
    this.#stream.destroy()
  }
}

/** A decoder for `content-encoding`; `none` when there is nothing to decode, undefined when it is not known. */
export function openDecoder(encoding: string | string[] | undefined, listener: DecoderListener): Decoder | 'none' | undefined {
  if (encoding === undefined) return 'none'
  const names = (Array.isArray(encoding) ? encoding.join(',') : encoding).toLowerCase().split(',')
  const name = names.map((each) => each.trim()).find((each) => each !== '' && each !== 'identity') ?? ''
  if (name === '') return 'none'
  // Stacked encodings have no honest use here.
  const open = names.length === 1 && Object.hasOwn(decoders, name) ? decoders[name] : undefined
  return open === undefined ? undefined : new Decoder(open(), listener)
}
