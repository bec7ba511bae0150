/** Vectors on the wire: lists of numbers, or base64 of 32-bit floats, the lowest byte first. */
import { textIn } from '../wire.ts'

export type EncodingFormat = 'float' | 'base64'

const bytesPerFloat = 4

export function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * bytesPerFloat)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * bytesPerFloat)
  return bytes.toString('base64')
}

/** undefined where the value is no vector in either form. */
export function readVector(value: unknown): readonly number[] | undefined {
  if (Array.isArray(value)) return isNumbers(value) ? value : undefined
  const text = textIn(value)
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 0 || bytes.length % bytesPerFloat !== 0) return undefined
  return Array.from({ length: bytes.length / bytesPerFloat }, (_value, index) => bytes.readFloatLE(index * bytesPerFloat))
}

export function isNumbers(values: readonly unknown[]): values is readonly number[] {
  return values.every((value) => typeof value === 'number')
}
