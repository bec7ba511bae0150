/** A call whose arguments come piece by piece (Vertex with `streamFunctionCallArguments`), each piece with its path. */
import { isRecord } from '../wire.ts'
import { fieldOf, recordsIn, stringIn } from './fields.ts'
import type { Fields } from './fields.ts'

/** A list that long is a mistake, and building it would fill the memory. */
const mostElements = 100_000

export class PartialCall {
  readonly id: string | undefined
  readonly name: string
  readonly signature: string | undefined
  readonly #args: Record<string, unknown> = {}
  /** A text of which more is to come. */
  #growing: string | undefined

  constructor(call: Pick<PartialCall, 'id' | 'name' | 'signature'>) {
    this.id = call.id
    this.name = call.name
    this.signature = call.signature
  }

  get argumentsText(): string {
    return JSON.stringify(this.#args)
  }

  /** Takes the pieces of one part. */
  take(functionCall: Fields): void {
    const args = fieldOf(functionCall, 'args')
    if (isRecord(args)) for (const [name, value] of Object.entries(args)) put(this.#args, name, value)
    for (const piece of recordsIn(functionCall, 'partialArgs')) this.#takePiece(piece)
  }

  #takePiece(piece: Fields): void {
    const path = stringIn(piece, 'jsonPath') ?? ''
    const steps = stepsOf(path)
    if (steps.length === 0) return
    const text = stringIn(piece, 'stringValue')
    const continues = this.#growing === path
    this.#growing = fieldOf(piece, 'willContinue') === true ? path : undefined
    if (text === undefined) setAt(this.#args, steps, valueOf(piece))
    else setAt(this.#args, steps, text, continues)
  }
}

function valueOf(piece: Fields): unknown {
  return fieldOf(piece, 'numberValue') ?? fieldOf(piece, 'boolValue') ?? null
}

type Step = string | number

/** `$.foo['a b'][0].data` (RFC 9535, the part of it that names one place). */
function stepsOf(path: string): readonly Step[] {
  const steps: Step[] = []
  for (const [, name, index, quoted] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[['"]((?:[^'"\\]|\\.)*)['"]\]/g)) {
    if (index === undefined) steps.push(name ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1'))
    else if (Number(index) < mostElements) steps.push(Number(index))
    else return []
  }
  return steps
}

/** @param append the text continues the one that is there. */
function setAt(root: Record<string, unknown>, steps: readonly Step[], value: unknown, append: boolean = false): void {
  let place: object = root
  for (const [at, step] of steps.entries()) {
    const next = steps[at + 1]
    const there: unknown = Object.hasOwn(place, step) ? Reflect.get(place, step) : undefined
    if (next === undefined) {
      put(place, step, append ? joined(there, value) : value)
      return
    }
    const inner = isPlace(there) ? there : emptyFor(next)
    put(place, step, inner)
    place = inner
  }
}

function joined(there: unknown, value: unknown): unknown {
  return typeof there === 'string' && typeof value === 'string' ? there + value : value
}

function isPlace(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function emptyFor(step: Step): object {
  return typeof step === 'number' ? [] : {}
}

/** An own member whatever its name: `__proto__` is an argument like any other. */
function put(place: object, name: Step, value: unknown): void {
  Object.defineProperty(place, name, { value, writable: true, enumerable: true, configurable: true })
}
