/** Going through a JSON schema that came from a caller: it may refer to itself, and be made so that putting references in place never ends. */
import { isRecord } from '../wire.ts'
import type { Fields } from './fields.ts'

export interface Walk {
  readonly root: unknown
  /** References that are being put in place. */
  readonly open: readonly string[]
  readonly depth: number
  /** How many more schemas may be written. */
  readonly left: { count: number }
}

/** Far more than any schema that a model can follow. */
const mostSchemas = 10_000
const deepest = 200

export function walkFrom(root: unknown): Walk {
  return { root, open: [], depth: 0, left: { count: mostSchemas } }
}

/** One level down; undefined: no more may be written. */
export function entered(walk: Walk): Walk | undefined {
  const depth = walk.depth + 1
  return walk.left.count-- > 0 && depth <= deepest ? { ...walk, depth } : undefined
}

/** What a reference stands for; undefined: nothing that could be put in its place. */
export function referredTo(pointer: string, { root, open }: Walk): Fields | undefined {
  if (open.includes(pointer)) return undefined
  const target = resolve(root, pointer)
  return isRecord(target) ? target : undefined
}

/** `#/$defs/name`; other documents cannot be looked into. */
function resolve(root: unknown, pointer: string): unknown {
  if (!pointer.startsWith('#')) return undefined
  const steps = pointer
    .slice(1)
    .split('/')
    .filter((step) => step !== '')
  return steps.reduce<unknown>((place, step) => {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~')
    return isRecord(place) && Object.hasOwn(place, name) ? place[name] : undefined
  }, root)
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

/** A schema that has to fit several others as one that says it all at once, and what was put in place for that. */
export function withoutAllOf(schema: Fields, walk: Walk): { readonly schema: Fields; readonly walk: Walk } {
  const { allOf, ...rest } = schema
  if (!Array.isArray(allOf)) return { schema, walk }
  const all = allOf.filter(isRecord)
  const [only] = all
  // A reference alone is left for whoever can keep it.
  if (only !== undefined && all.length === 1) return { schema: merged(only, rest), walk }
  const pointers = all.flatMap(({ $ref: pointer }) => (typeof pointer === 'string' ? [pointer] : []))
  const whole = all.reduce((sum, each) => merged(sum, placed(each, walk)), {})
  return { schema: merged(whole, rest), walk: { ...walk, open: [...walk.open, ...pointers] } }
}

function placed(schema: Fields, walk: Walk): Fields {
  const { $ref: pointer, ...rest } = schema
  return typeof pointer === 'string' ? merged(referredTo(pointer, walk) ?? {}, rest) : schema
}

function merged(first: Fields, second: Fields): Fields {
  const required = [first['required'], second['required']].flatMap((each) => (Array.isArray(each) ? (each as readonly unknown[]) : []))
  return {
    ...first,
    ...second,
    ...((isRecord(first['properties']) || isRecord(second['properties'])) && {
      properties: { ...recordOf(first['properties']), ...recordOf(second['properties']) },
    }),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  }
}

function recordOf(value: unknown): Fields {
  return isRecord(value) ? value : {}
}
