/** What the parts of the schema are made of. */
import * as z from 'zod'
import type { Timeouts } from '../domain/timeouts.ts'
import { longestPeriodMs } from './duration.ts'
import type { FileTimeouts } from './file-content.ts'

/** A day: far beyond any sensible wait, far below what a timer of Node can hold. */
const longestWaitMs = 86_400_000

export const text: z.ZodString = z.string().min(1)
export const count: z.ZodInt = z.int().min(1).max(1_000_000)
export const wait: z.ZodInt = z.int().min(1).max(longestWaitMs)
export const waitOrNone: z.ZodInt = z.int().min(0).max(longestWaitMs)
export const period: z.ZodInt = z.int().min(1000).max(longestPeriodMs)
export const periodOrNone: z.ZodInt = z.int().min(0).max(longestPeriodMs)
export const modelName: z.ZodString = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:/@+-]{0,127}$/, 'Use letters, digits and . : / @ + - _ without spaces.')

/** May be left out or left blank. Its description and default are what editors and the reference show. */
export function field<T extends z.ZodType>(schema: T, description: string, standard?: unknown): z.ZodOptional<z.ZodNullable<T>> {
  return schema.nullish().meta(standard === undefined ? { description } : { description, default: standard })
}

/** Of a provider or a virtual model, a timeout that is not set is the general one. */
export function timeouts(standard: Partial<Timeouts>): z.ZodType<FileTimeouts> {
  return z.strictObject({
    connect_ms: field(wait, 'Until the connection stands.', standard.connectMs),
    first_byte_ms: field(wait, 'Streams: until the first data event.', standard.firstByteMs),
    reasoning_first_byte_ms: field(wait, 'The same for models that think before they answer.', standard.reasoningFirstByteMs),
    whole_first_byte_ms: field(wait, 'Whole answers: until the first byte.', standard.wholeFirstByteMs),
    idle_ms: field(wait, 'Between two data events of a stream, or two blocks of a whole answer.', standard.idleMs),
    deadline_ms: field(wait, 'Over all attempts, until one begins to answer.', standard.deadlineMs),
    stream_life_ms: field(wait, 'A stream is cut after this, however lively it is.', standard.streamLifeMs),
  })
}
