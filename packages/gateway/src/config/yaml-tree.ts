/** YAML to plain values, with variables put in and with the position of everything kept for messages. */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, ErrorCode, Node, Pair, Scalar } from 'yaml'
import type { Place, Problem } from './problem.ts'
import { substitute } from './substitute.ts'
import type { Lookup } from './substitute.ts'

export type Path = readonly (string | number)[]

/** A file's content and where each part of it is written. */
export interface YamlTree {
  /** Plain objects (without a prototype), lists, texts, numbers, switches and null. */
  readonly value: unknown
  /** Where the value at a path is written; `key`: where its name is. The nearest part above it if the path leads nowhere. */
  placeOf(path: Path, part?: 'key' | 'value'): Place
  /** Which variables a text was made of. */
  readonly substituted: ReadonlyMap<string, readonly string[]>
  readonly problems: readonly Problem[]
  /** False when the text is not YAML at all, so that the content says nothing. */
  readonly isWhole: boolean
}

/** Beyond this many values a file is not a configuration but an attack with anchors, or a mistake. */
const mostValues = 50_000
const deepest = 50
const mostSyntaxProblems = 10

const syntaxMessages: Partial<Readonly<Record<ErrorCode, readonly [message: string, remedy: string]>>> = {
  DUPLICATE_KEY: ['This name is written twice in the same place.', 'Keep one of the two.'],
  MULTIPLE_DOCS: ['The file holds several documents.', 'Remove the line --- and everything that does not belong.'],
  TAB_AS_INDENT: ['A tab is used for indentation.', 'Use spaces.'],
  BAD_INDENT: ['The indentation or a bracket does not fit.', 'Align it with its neighbours and close every bracket.'],
  MISSING_CHAR: ['A quote, comma, colon or bracket is missing.', 'Close every quote and bracket; put texts with ${…} between quotes.'],
  NON_STRING_KEY: ['A name must be a text.', 'Write the name as text.'],
  BAD_ALIAS: ['An alias refers to an anchor that does not exist.', 'Define the anchor above it.'],
  TAG_RESOLVE_FAILED: ['Tags such as !this are not understood.', 'Remove the tag.'],
  RESOURCE_EXHAUSTION: ['The file is nested too deeply.', 'Remove the superfluous brackets.'],
}
const otherSyntaxMessage = ['This is not valid YAML.', 'Check quotes, brackets, colons and indentation here.'] as const

/** Reads one document. Whatever is wrong with it is found among `problems`. */
export function readYaml(text: string, file: string, lookup: Lookup): YamlTree {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    stringKeys: true,
    prettyErrors: false,
    resolveKnownTags: false,
    logLevel: 'error',
  })
  const walk: Walk = { file, lines, document, lookup, places: new Map(), substituted: new Map(), problems: [], left: mostValues }
  const isWhole = noteSyntaxErrors(walk)
  const value = isWhole ? read(walk, document.contents, [], new Set()) : undefined
  return {
    value,
    placeOf: (path, part = 'value') => placeOf(walk, path, part),
    substituted: walk.substituted,
    problems: walk.problems,
    isWhole: isWhole && walk.left > 0,
  }
}

/** A path as a key of a map. */
export const pathKey = (path: Path): string => JSON.stringify(path)

/** `virtual_models.coding-elite.fallback_chain[1].provider` */
function describePath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')
}

interface Walk {
  readonly file: string
  readonly lines: LineCounter
  readonly document: Document
  readonly lookup: Lookup
  /** Offsets by path. */
  readonly places: Map<string, { key?: number; value: number }>
  readonly substituted: Map<string, readonly string[]>
  readonly problems: Problem[]
  /** Values that may still be read. */
  left: number
}

/** One error often makes ten more behind it, so only the first counts, besides those after which the rest still makes sense. */
function noteSyntaxErrors(walk: Walk): boolean {
  const all = [...walk.document.errors, ...walk.document.warnings]
  const harmless = all.filter(({ code }) => code === 'DUPLICATE_KEY' || code === 'TAG_RESOLVE_FAILED')
  const first = all.find((error) => !harmless.includes(error))
  for (const { code, pos } of first === undefined ? harmless.slice(0, mostSyntaxProblems) : [first]) {
    const [message, remedy] = syntaxMessages[code] ?? otherSyntaxMessage
    walk.problems.push({ ...at(walk, pos[0], []), message, remedy })
  }
  return first === undefined
}

function read(walk: Walk, node: unknown, path: Path, within: ReadonlySet<unknown>): unknown {
  walk.left -= 1
  if (walk.left <= 0 || path.length > deepest) return tooMuch(walk, path)
  if (isAlias(node)) return readAlias(walk, node, path, within)
  const inside = new Set([...within, node])
  if (isMap(node)) return readMap(walk, node.items, path, inside)
  if (isSeq(node)) return node.items.map((item, index) => readChild(walk, item, [...path, index], inside))
  return isScalar(node) ? readScalar(walk, signed(node), path) : null
}

function readChild(walk: Walk, node: unknown, path: Path, within: ReadonlySet<unknown>): unknown {
  walk.places.set(pathKey(path), { value: offsetOf(node) ?? 0 })
  return read(walk, node, path, within)
}

function readMap(walk: Walk, pairs: readonly Pair[], path: Path, within: ReadonlySet<unknown>): Record<string, unknown> {
  const entries = emptyRecord()
  for (const { key, value } of pairs) {
    const name = isScalar(key) ? String(key.value) : ''
    const keyOffset = offsetOf(key) ?? 0
    if (name === '__proto__') {
      walk.problems.push({ ...at(walk, keyOffset, [...path, name]), message: 'This name cannot be used.', remedy: 'Remove it.' })
      continue
    }
    walk.places.set(pathKey([...path, name]), { key: keyOffset, value: offsetOf(value) ?? keyOffset })
    entries[name] = read(walk, value, [...path, name], within)
  }
  return entries
}

/** An anchor may be used again, but not inside itself. */
function readAlias(walk: Walk, alias: Node, path: Path, within: ReadonlySet<unknown>): unknown {
  const target = isAlias(alias) ? alias.resolve(walk.document) : undefined
  if (target !== undefined && !within.has(target)) return read(walk, target, path, within)
  walk.problems.push({ ...placeOf(walk, path, 'value'), message: 'An anchor is used inside itself.', remedy: 'Write out what is meant.' })
  return null
}

/** `+20` is no number: where a sign is written, it means something (`caps`). */
function signed({ value, source }: Scalar): unknown {
  return typeof value === 'number' && source?.startsWith('+') === true ? source : value
}

function readScalar(walk: Walk, value: unknown, path: Path): unknown {
  if (typeof value !== 'string' || !value.includes('${')) return value
  const result = substitute(value, walk.lookup)
  for (const fault of result.faults) walk.problems.push({ ...placeOf(walk, path, 'value'), ...fault })
  if (result.names.length > 0) walk.substituted.set(pathKey(path), result.names)
  // A text that could not be completed counts as absent, so that nothing else is said about it.
  return result.faults.length > 0 ? null : result.text
}

function tooMuch(walk: Walk, path: Path): null {
  if (walk.left >= 0) {
    walk.problems.push({
      ...placeOf(walk, path, 'value'),
      message: 'The file unfolds into far too much.',
      remedy: 'Remove nested anchors and brackets.',
    })
  }
  walk.left = -1
  return null
}

function placeOf(walk: Walk, path: Path, part: 'key' | 'value'): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const found = walk.places.get(pathKey(path.slice(0, length)))
    if (found === undefined) continue
    // What is missing is reported where the thing begins that should have it.
    return at(walk, part === 'key' || length < path.length ? (found.key ?? found.value) : found.value, path)
  }
  return { file: walk.file, path: describePath(path) }
}

function at(walk: Walk, offset: number, path: Path): Place {
  const { line, col } = walk.lines.linePos(offset)
  return { file: walk.file, line, column: col, path: describePath(path) }
}

function offsetOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined
}

/** Without a prototype, so that no name in a file can reach one. */
export function emptyRecord<T>(): Record<string, T> {
  const record: Record<string, T> = Object.create(null)
  return record
}
