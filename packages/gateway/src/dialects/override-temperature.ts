/** A temperature of exactly 0, which some models answer badly, is taken out of requests or set to 1 where the owner wants it. */
import type { Sketch } from './dialect.ts'
import { JsonFault, scanMembers } from './json-scan.ts'
import type { Member } from './json-scan.ts'
import { readValue } from './sketch-json.ts'
import { spliceRequest } from './splice-request.ts'

const openBrace = 0x7b

/** Where Gemini and Ollama have it. */
const groups = new Set(['generationConfig', 'generation_config', 'options'])

/** The body of a call in any dialect; one that is no JSON object, or has another temperature, is given back as it is. */
export function overrideTemperatureZero(body: Buffer, how: 'remove' | 'set' | undefined): Buffer {
  if (how === undefined || !body.includes('temperature')) return body
  const members = membersOf(body)
  return members === undefined ? body : overridden(body, members, how)
}

/** What is no JSON is refused where the request is read. */
function membersOf(body: Buffer): readonly Member[] | undefined {
  try {
    return scanMembers(body)
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

function overridden(bytes: Buffer, members: readonly Member[], how: 'remove' | 'set'): Buffer {
  const isZero = hasZero(bytes, members)
  const sketch: Sketch = { model: '', stream: false, maxTokensFields: [], wantsUsage: false, bytes, members }
  const changes = { model: '', removed: isZero && how === 'remove' ? ['temperature'] : [], renamed: {}, defaults: {} }
  return spliceRequest(sketch, changes, {
    replace: (member) => {
      if (member.key === 'temperature') return isZero ? '1' : undefined
      return groups.has(member.key) ? insideOf(bytes, member, how) : undefined
    },
  })
}

/** undefined: the group stays as it is. */
function insideOf(bytes: Buffer, group: Member, how: 'remove' | 'set'): string | undefined {
  if (bytes[group.valueStart] !== openBrace) return undefined
  const inside = bytes.subarray(group.valueStart, group.valueEnd)
  const members = membersOf(inside) ?? []
  return hasZero(inside, members) ? overridden(inside, members, how).toString() : undefined
}

/** Of a field that is given twice the last one counts, as everywhere. */
function hasZero(bytes: Buffer, members: readonly Member[]): boolean {
  const member = members.findLast(({ key }) => key === 'temperature')
  return member !== undefined && readValue(bytes, member) === 0
}
