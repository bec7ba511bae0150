/** Writes a request for one target: the caller's bytes with a few places spliced, never a rebuilt object. */
import type { RequestChanges, Sketch } from './dialect.ts'
import type { Member } from './json-scan.ts'
import { readValue } from './sketch-json.ts'

/** Replaces the bytes from `start` to `end`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What a dialect changes beside what every dialect changes. */
export interface OwnChanges {
  /** Members to put in, as JSON text with their names. */
  readonly added?: readonly string[]
  /** The new value of a member as JSON text; undefined: it stays. */
  readonly replace?: (member: Member) => string | undefined
}

const openBrace = 0x7b

/** `reasoning_effort` of a configured model is the owner's decision; other parameters only fill gaps. */
const alwaysWins = new Set(['reasoning_effort'])

/** The request's bytes as the target gets them. Without a change the very same buffer. */
export function spliceRequest(sketch: Sketch, changes: RequestChanges, own: OwnChanges = {}): Buffer {
  const { members, bytes } = sketch
  const edits: Edit[] = []
  const lastKept = members.findLastIndex(({ key }) => !changes.removed.includes(key))
  const added = [...(own.added ?? []), ...addedDefaults(sketch, changes)]
  if (added.length > 0) edits.push(insertFirst(sketch, added, lastKept !== -1))
  for (const [index, member] of members.entries()) {
    if (changes.removed.includes(member.key)) {
      edits.push(cutOf(members, index, lastKept))
      continue
    }
    const text = own.replace?.(member) ?? replacementOf(sketch, member, changes)
    const name = newNameOf(sketch, member, changes)
    if (name !== undefined) edits.push({ start: member.keyStart, end: member.valueStart, text: `${JSON.stringify(name)}:` })
    if (text !== undefined) edits.push({ start: member.valueStart, end: member.valueEnd, text })
  }
  return splice(bytes, edits)
}

/** A member goes with the comma behind it, or, where nothing that stays follows, with the one before. */
function cutOf(members: readonly Member[], index: number, lastKept: number): Edit {
  const keyStart = members[index]?.keyStart ?? 0
  const next = members[index + 1]
  if (index < lastKept && next !== undefined) return { start: keyStart, end: next.keyStart, text: '' }
  return { start: members[index - 1]?.valueEnd ?? keyStart, end: members[index]?.valueEnd ?? keyStart, text: '' }
}

function newNameOf(sketch: Sketch, member: Member, changes: RequestChanges): string | undefined {
  if (!Object.hasOwn(changes.renamed, member.key)) return undefined
  const name = changes.renamed[member.key]
  return name === undefined || hasMember(sketch, name) ? undefined : name
}

function addedDefaults(sketch: Sketch, changes: RequestChanges): string[] {
  const added: string[] = []
  for (const [name, value] of Object.entries(changes.defaults)) {
    if (!hasMember(sketch, name) && !isNewName(sketch, changes, name)) added.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
  }
  return added
}

/** Whether a member of the request takes this name on its way. */
function isNewName(sketch: Sketch, changes: RequestChanges, name: string): boolean {
  return Object.entries(changes.renamed).some(([from, to]) => to === name && hasMember(sketch, from) && !changes.removed.includes(from))
}

function replacementOf(sketch: Sketch, member: Member, changes: RequestChanges): string | undefined {
  const { key } = member
  if (key === 'model') return changes.model === sketch.model ? undefined : JSON.stringify(changes.model)
  if (changes.maxTokens !== undefined && sketch.maxTokensFields.includes(member)) return limitFor(sketch, member, changes.maxTokens)
  if (alwaysWins.has(key) && Object.hasOwn(changes.defaults, key)) return JSON.stringify(changes.defaults[key])
  return undefined
}

/** Both names of the limit may be there; one that is small enough stays as it is. */
function limitFor(sketch: Sketch, member: Member, most: number): string | undefined {
  return Number(readValue(sketch.bytes, member)) > most ? String(most) : undefined
}

export function hasMember(sketch: Sketch, name: string): boolean {
  return sketch.members.some((member) => member.key === name)
}

function insertFirst(sketch: Sketch, added: readonly string[], othersFollow: boolean): Edit {
  const start = sketch.members[0]?.keyStart ?? sketch.bytes.indexOf(openBrace) + 1
  return { start, end: start, text: `${added.join(',')}${othersFollow ? ',' : ''}` }
}

/** The bytes with the edits made, which are in order. */
export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return bytes
  const parts: Buffer[] = []
  let from = 0
  for (const edit of edits) {
    parts.push(bytes.subarray(from, edit.start), Buffer.from(edit.text))
    from = edit.end
  }
  parts.push(bytes.subarray(from))
  return Buffer.concat(parts)
}
