/** Writes an OpenAI-style request for one target: the caller's bytes with a few places spliced, never a rebuilt object. */
import type { RequestChanges, Sketch } from '../dialect.ts'
import type { Member } from '../json-scan.ts'
import { readValue } from './sketch.ts'

/** Replaces the bytes from `start` to `end`. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** `reasoning_effort` of a configured model is the owner's decision; other parameters only fill gaps. */
const alwaysWins = new Set(['reasoning_effort'])

/** The request's bytes as the target gets them. Without a change the very same buffer. */
export function writeOpenAiRequest(sketch: Sketch, changes: RequestChanges): Buffer {
  const edits: Edit[] = []
  const added = addedMembers(sketch, changes)
  if (added.length > 0) edits.push(insertFirst(sketch, added))
  for (const member of sketch.members) {
    const text = replacementOf(sketch, member, changes)
    const name = newNameOf(sketch, member, changes)
    if (name !== undefined) edits.push({ start: member.keyStart, end: member.valueStart, text: `${JSON.stringify(name)}:` })
    if (text !== undefined) edits.push({ start: member.valueStart, end: member.valueEnd, text })
  }
  const cuts = sketch.members.filter((member) => changes.removed.includes(member.key))
  return cuts.length === 0 ? splice(sketch.bytes, edits) : without(sketch, cuts, edits)
}

function newNameOf(sketch: Sketch, member: Member, changes: RequestChanges): string | undefined {
  if (!Object.hasOwn(changes.renamed, member.key)) return undefined
  const name = changes.renamed[member.key]
  return name === undefined || has(sketch, name) ? undefined : name
}

function addedMembers(sketch: Sketch, changes: RequestChanges): string[] {
  const added: string[] = []
  if (sketch.stream && !has(sketch, 'stream_options') && !changes.removed.includes('stream_options')) {
    added.push('"stream_options":{"include_usage":true}')
  }
  for (const [name, value] of Object.entries(changes.defaults)) {
    if (!has(sketch, name)) added.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
  }
  return added
}

function replacementOf(sketch: Sketch, member: Member, changes: RequestChanges): string | undefined {
  const { key } = member
  if (key === 'model') return changes.model === sketch.model ? undefined : JSON.stringify(changes.model)
  if (key === 'stream_options' && sketch.stream && !sketch.wantsUsage) return withUsage(readValue(sketch.bytes, member))
  if (changes.maxTokens !== undefined && sketch.maxTokensFields.includes(member)) return String(changes.maxTokens)
  if (alwaysWins.has(key) && Object.hasOwn(changes.defaults, key)) return JSON.stringify(changes.defaults[key])
  return undefined
}

function withUsage(options: unknown): string {
  return JSON.stringify({ ...(typeof options === 'object' ? options : {}), include_usage: true })
}

function has(sketch: Sketch, name: string): boolean {
  return sketch.members.some((member) => member.key === name)
}

function insertFirst(sketch: Sketch, added: readonly string[]): Edit {
  const first = sketch.members[0]
  const start = first === undefined ? sketch.bytes.length - 1 : first.keyStart
  return { start, end: start, text: `${added.join(',')}${first === undefined ? '' : ','}` }
}

function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
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

/** The object put together again from the members that stay; with members gone, commas cannot be spliced one by one. */
function without(sketch: Sketch, cuts: readonly Member[], edits: readonly Edit[]): Buffer {
  const kept = sketch.members.filter((member) => !cuts.includes(member)).map((member) => memberText(sketch, member, edits))
  const added = edits.filter((edit) => edit.start === edit.end).map((edit) => edit.text.replace(/,$/, ''))
  return Buffer.from(`{${[...added, ...kept].join(',')}}`)
}

function memberText(sketch: Sketch, member: Member, edits: readonly Edit[]): string {
  const own = edits.filter((edit) => edit.start >= member.keyStart && edit.end <= member.valueEnd && edit.start < edit.end)
  const from = member.keyStart
  const moved = own.map((edit) => ({ start: edit.start - from, end: edit.end - from, text: edit.text }))
  return splice(sketch.bytes.subarray(from, member.valueEnd), moved).toString()
}
