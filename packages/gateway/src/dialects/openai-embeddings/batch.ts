/** Several small requests for embeddings as one, and the one answer as several: nothing of one caller's vectors reaches another. */
import type { Usage } from '../../domain/usage.ts'
import { inputUsage } from '../media/answer.ts'
import type { CanonicalEmbedding } from '../canonical/embeddings.ts'
import type { Sketch } from '../dialect.ts'
import { readMembers } from '../sketch-json.ts'
import { splice } from '../splice-request.ts'
import { isRecord, parseJson } from '../wire.ts'
import { inputsIn } from './caller.ts'
import { inOrder } from './provider.ts'

/** Larger requests gain nothing by company. */
const mostPartBytes = 64 * 1024

/** What one request brings to a batch. */
export interface BatchPart {
  readonly sketch: Sketch
  /** Requests with the same key differ in their inputs alone. */
  readonly key: string
  readonly inputs: CanonicalEmbedding['inputs']
  /** Its share of what the batch uses: how long its inputs are. */
  readonly weight: number
}

/** undefined: the request goes alone. */
export function batchPart(sketch: Sketch): BatchPart | undefined {
  const { bytes, members } = sketch
  const input = members.filter(({ key }) => key === 'input')
  const [only] = input
  if (only === undefined || input.length > 1 || bytes.length > mostPartBytes) return undefined
  const inputs = inputsIn(parseJson(bytes.toString('utf8', only.valueStart, only.valueEnd)))
  // Some providers take images as well; what is not understood here is theirs to judge.
  if (inputs === undefined) return undefined
  const others = members.filter(({ key }) => key !== 'input')
  const fields = others.map(({ key, valueStart, valueEnd }) => `${JSON.stringify(key)}:${bytes.toString('utf8', valueStart, valueEnd)}`)
  // Providers take texts or tokens, and not both at once.
  const kinds = new Set(inputs.map((each) => typeof each))
  return { sketch, key: [...kinds, ...fields.toSorted()].join(','), inputs, weight: inputs.reduce((sum, each) => sum + each.length, 0) }
}

/** One request for all inputs, in the words of the first; of one part, its own. */
export function mergeParts(parts: readonly [BatchPart, ...BatchPart[]]): Sketch {
  const [{ sketch }] = parts
  const input = sketch.members.find(({ key }) => key === 'input')
  if (parts.length === 1 || input === undefined) return sketch
  const text = JSON.stringify(parts.flatMap(({ inputs }) => inputs))
  const bytes = splice(sketch.bytes, [{ start: input.valueStart, end: input.valueEnd, text }])
  return { ...sketch, bytes, members: readMembers(bytes) }
}

export interface PartAnswer {
  readonly body: Buffer
  readonly usage: Usage | undefined
}

/** Each part's own answer, in the order of the parts; undefined where the vectors are not as many as the inputs. */
export function splitAnswer(body: Buffer, parts: readonly BatchPart[]): readonly PartAnswer[] | undefined {
  const json = parseJson(body.toString())
  if (!isRecord(json)) return undefined
  const { data, usage, ...rest } = json
  const wanted = parts.reduce((sum, { inputs }) => sum + inputs.length, 0)
  if (!Array.isArray(data) || data.length !== wanted) return undefined
  const items = inOrder(data)
  const usages = splitUsage(
    usage,
    parts.map(({ weight }) => weight),
  )
  let from = 0
  return parts.map(({ inputs }, index) => {
    const own = items.slice(from, from + inputs.length).map(withIndex)
    from += inputs.length
    const share = usages[index]
    const answer = { ...rest, data: own, ...(share !== undefined && { usage: share }) }
    return { body: Buffer.from(JSON.stringify(answer)), usage: inputUsage(share) }
  })
}

function withIndex(item: unknown, index: number): unknown {
  return isRecord(item) ? { ...item, index } : item
}

/** Every number in it in proportion to the weights; whole numbers stay whole, and their parts add up to them. */
export function splitUsage(usage: unknown, weights: readonly number[]): readonly unknown[] {
  if (typeof usage === 'number') return splitNumber(usage, weights)
  if (!isRecord(usage)) return weights.map(() => usage)
  const fields = Object.entries(usage).map(([name, value]) => [name, splitUsage(value, weights)] as const)
  return weights.map((_weight, index) => Object.fromEntries(fields.map(([name, shares]) => [name, shares[index]])))
}

/** By rounding where each part ends, not how large it is: what one loses the next one has. */
function splitNumber(whole: number, weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const round = Number.isSafeInteger(whole) ? Math.round : (value: number): number => value
  let upTo = 0
  let before = 0
  return weights.map((weight, index) => {
    upTo += weight
    const end = index === weights.length - 1 ? whole : round((whole / total) * upTo)
    const share = end - before
    before = end
    return share
  })
}
