/** What a fault script is: one known way in which a provider fails, in variants. */
import type { Reply } from '../reply.ts'
import { speeches } from './speech.ts'
import type { Speech, SpeechName } from './speech.ts'

/** The ids of the faults that can be played. */
export type FaultId = ConnectionFaultId | BodyFaultId | StreamFaultId | RefusalFaultId

export type ConnectionFaultId = 'F10' | 'F11' | 'F12' | 'F13' | 'F14' | 'F15' | 'F16' | 'F17' | 'F18' | 'F19' | 'F20' | 'F21'
export type BodyFaultId = 'F23' | 'F24' | 'F25' | 'F26' | 'F27' | 'F28' | 'F29' | 'F30' | 'F31' | 'F32' | 'F33' | 'F34'
export type StreamFaultId = 'F35' | 'F36' | 'F37' | 'F38' | 'F39' | 'F40' | 'F41' | 'F42' | 'F43' | 'F44' | 'F45' | 'F47' | 'F48' | 'F49'
export type RefusalFaultId = 'F50' | 'F51' | 'F52' | 'F53' | 'F54' | 'F55' | 'F56' | 'F57' | 'F58' | 'F59'

/** Which requests a fault makes sense for: those that ask for a stream, those that do not, or both. */
export type FaultTarget = 'stream' | 'whole' | 'any'

/**
 * What a careful client can make of it: a complete answer; nothing, so that it can still ask elsewhere; or the beginning of an
 * answer that it must not pass off as a whole one.
 */
export type FaultOutcome = 'complete' | 'failed' | 'cut'

export interface FaultOptions {
  /** One of the script's `variants`; the first by default. */
  readonly variant?: string
  /** How many content events a stream delivers before it fails; 3 by default. */
  readonly events?: number
  /** The pace of what drips or repeats, in milliseconds; 1000 by default. */
  readonly everyMs?: number
  /** Where F17 redirects to. */
  readonly location?: string
  /** What F50 to F53 and F56 ask the client to wait, in seconds; 7 by default. */
  readonly afterSeconds?: number
  /** How wrong F51's clock is, in seconds either way; 240 by default. */
  readonly skewSeconds?: number
  /** The text of the good part of an answer. */
  readonly text?: string
  /** The size of each write of F44 and F45, in bytes; 1 by default. */
  readonly chunkSize?: number
  /** The size of F27's, F31's and F43's body, in bytes. */
  readonly bytes?: number
  /** Whose words F10 to F34 and F50 to F59 are in; OpenAI's by default. */
  readonly speech?: SpeechName
}

/** Options with their defaults filled in. */
export interface FaultSettings extends Omit<FaultOptions, 'variant' | 'bytes' | 'speech'> {
  readonly events: number
  readonly everyMs: number
  readonly location: string
  readonly afterSeconds: number
  readonly skewSeconds: number
  readonly text: string
  readonly chunkSize: number
  readonly bytes: number | undefined
  readonly speech: Speech
}

/** One known failure, ready to be given to `Simulator.script`. */
export interface FaultScript {
  readonly id: FaultId
  readonly title: string
  /** At least one name; none is a whole number, which would not keep its place in a table. */
  readonly variants: readonly string[]
  on(variant?: string): FaultTarget
  outcome(variant?: string): FaultOutcome
  reply(options?: FaultOptions): Reply
}

export interface FaultVariant {
  readonly on: FaultTarget
  readonly outcome: FaultOutcome
  make(settings: FaultSettings): Reply
}

/** A variant; the usual way to write one in a table. */
export function variant(on: FaultTarget, outcome: FaultOutcome, make: (settings: FaultSettings) => Reply): FaultVariant {
  return { on, outcome, make }
}

/** A fault script from its table of variants. */
export function fault(id: FaultId, title: string, variants: Readonly<Record<string, FaultVariant>>): FaultScript {
  const names = Object.keys(variants)
  const find = (name = names[0] ?? ''): FaultVariant => {
    const found = Object.hasOwn(variants, name) ? variants[name] : undefined
    if (found === undefined) throw new Error(`${id} has no variant "${name}"; it has ${names.join(', ')}`)
    return found
  }
  return {
    id,
    title,
    variants: names,
    on: (name) => find(name).on,
    outcome: (name) => find(name).outcome,
    reply: (options = {}) => {
      const speech = speeches[options.speech ?? 'openai']
      const reply = find(options.variant).make({ ...defaults, ...options, speech })
      return reply.is === 'status' ? speech.refusal(reply) : reply
    },
  }
}

const defaults: Omit<FaultSettings, 'speech'> = {
  events: 3,
  everyMs: 1000,
  location: 'http://127.0.0.1:9/elsewhere',
  afterSeconds: 7,
  skewSeconds: 240,
  text: 'The quick brown fox jumps over the lazy dog.',
  chunkSize: 1,
  bytes: undefined,
}
