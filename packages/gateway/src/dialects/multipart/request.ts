/** Writes a form for one target: the caller's bytes with a few fields changed, never a rebuilt body. */
import type { RequestChanges, Sketch } from '../dialect.ts'
import type { Member } from '../json-scan.ts'
import { hasMember, splice, spliceRequest } from '../splice-request.ts'
import type { Edit } from '../splice-request.ts'
import { boundaryOf } from './parameters.ts'

/** The form's bytes as the target gets them; a request that came as JSON is written as JSON. Without a change the very same buffer. */
export function writeFormRequest(sketch: Sketch, changes: RequestChanges): Buffer {
  const boundary = sketch.contentType === undefined ? undefined : boundaryOf(sketch.contentType)
  if (boundary === undefined) return spliceRequest(sketch, changes)
  const start = sketch.members[0]?.keyStart ?? 0
  const added = addedFields(sketch, changes, boundary)
  const edits: Edit[] = added === '' ? [] : [{ start, end: start, text: added }]
  for (const member of sketch.members) edits.push(...editsOf(sketch, member, changes))
  return splice(sketch.bytes, edits)
}

const lineEndBytes = 2

function editsOf(sketch: Sketch, member: Member, changes: RequestChanges): readonly Edit[] {
  const { key, keyStart, valueStart, valueEnd } = member
  // A field goes with the line end in front of the next delimiter.
  if (changes.removed.includes(key)) return [{ start: keyStart, end: valueEnd + lineEndBytes, text: '' }]
  const value = key === 'model' && changes.model !== sketch.model ? changes.model : undefined
  const name = Object.hasOwn(changes.renamed, key) ? changes.renamed[key] : undefined
  const newName = name === undefined || hasMember(sketch, name) ? undefined : name
  if (value === undefined && newName === undefined) return []
  const head = sketch.bytes.toString('utf8', keyStart, valueStart)
  const edits = [{ start: keyStart, end: valueStart, text: withName(withLength(head, value), newName) }]
  return value === undefined ? edits : [...edits, { start: valueStart, end: valueEnd, text: value }]
}

/** Some clients (OkHttp) write the length of every field into its header. */
function withLength(head: string, value: string | undefined): string {
  return value === undefined ? head : head.replace(/^(content-length:[ \t]*)\d+/im, `$1${Buffer.byteLength(value)}`)
}

function withName(head: string, name: string | undefined): string {
  if (name === undefined) return head
  return head.replace(/(;[ \t]*name=)(?:"(?:[^"\\]|\\.)*"|[^;\r]*)/i, (_whole, before: string) => before + quoted(name))
}

function addedFields(sketch: Sketch, changes: RequestChanges, boundary: string): string {
  const taken = new Set(Object.entries(changes.renamed).flatMap(([from, to]) => (hasMember(sketch, from) ? [to] : [])))
  return Object.entries(changes.defaults)
    .filter(([name]) => !hasMember(sketch, name) && !taken.has(name))
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(name)}\r\n\r\n${fieldText(value)}\r\n`)
    .join('')
}

function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function quoted(name: string): string {
  return `"${name.replace(/["\r\n]/g, (character) => encodeURIComponent(character))}"`
}
