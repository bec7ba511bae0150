/** The texts at which the caller wants the answer to end. */
import type { Sketch } from '../dialect.ts'
import { badField, readValue } from '../sketch-json.ts'
import { isMark } from './split-prompt.ts'

/** As many as every provider takes. */
const mostStops = 4

/**
 * All of them are watched for here: KoboldAI knows no limit to their number, other providers do, and which one was met is told by
 * hardly any of them.
 */
export function stopsIn({ bytes, members }: Pick<Sketch, 'bytes' | 'members'>): readonly string[] {
  const field = members.find(({ key }) => key === 'stop_sequence')
  return field === undefined ? [] : readStops(readValue(bytes, field))
}

function readStops(stops: unknown): readonly string[] {
  if (stops === undefined || stops === null) return []
  const listed: readonly unknown[] = Array.isArray(stops) ? stops : [stops]
  const texts = listed.map((stop) => {
    if (typeof stop !== 'string') throw badField('stop_sequence', '`stop_sequence` must be a list of texts.')
    return stop
  })
  return [...new Set(texts.filter((stop) => stop !== '' && !isMark(stop)))]
}

/** Those that the provider is told: it ends sooner then, and costs less. None where the caller wants to see the text that was met. */
export function stopsForProvider(stops: readonly string[], trims: boolean): readonly string[] {
  return trims ? stops.filter((stop) => stop.trim() !== '').slice(0, mostStops) : []
}
