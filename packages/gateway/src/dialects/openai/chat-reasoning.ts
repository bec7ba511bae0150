/**
 * Thinking as the chat dialect carries it: `reasoning_content` or `reasoning` for the text, and `reasoning_details` (OpenRouter's
 * form, which other clients took over) for what must come back unchanged.
 */
import type { DialectName } from '../../domain/operation.ts'
import { sealMark, unseal } from '../canonical/opaque.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'
import type { ReasoningBlock } from '../canonical/blocks.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'

/** One entry of `reasoning_details`. */
export interface ReasoningDetail {
  /** Pieces with the same key belong together. */
  readonly key: string
  /** Its text is not shown. */
  readonly hidden: boolean
  readonly text: string
  /** Everything but the text. */
  readonly fields: Readonly<Record<string, unknown>>
}

export function readDetails(value: unknown): readonly ReasoningDetail[] {
  if (!Array.isArray(value)) return []
  return value.filter(isRecord).map((detail) => {
    const { text, summary, ...rest } = detail
    const fields = Object.fromEntries(Object.entries(rest).filter(([, each]) => each !== null))
    const type = textIn(fields['type']) ?? 'reasoning.text'
    return {
      key: JSON.stringify([type, fields['index']]),
      hidden: type === 'reasoning.encrypted',
      text: textIn(text) ?? textIn(summary) ?? '',
      fields: { ...fields, type },
    }
  })
}

/** Whether there is anything in the fields that only their vendor could have written. */
export function isSigned(fields: Readonly<Record<string, unknown>>): boolean {
  return textIn(fields['signature']) !== undefined || textIn(fields['data']) !== undefined
}

/** A detail as an opaque value: all its fields but the text, which the block holds. */
export function opaqueOfDetail(fields: Readonly<Record<string, unknown>>, origin: Origin): Opaque | undefined {
  if (!isSigned(fields)) return undefined
  const hidden = fields['type'] === 'reasoning.encrypted'
  return { origin, data: JSON.stringify(fields), ...(hidden && { redacted: true }) }
}

/** The detail that an opaque value was made from, with its text. undefined: it was made from something else. */
export function detailOfOpaque(data: string, text: string): Record<string, unknown> | undefined {
  const fields = parseJson(data)
  if (!isRecord(fields) || !isSigned(fields)) return undefined
  const { type } = fields
  if (type === 'reasoning.encrypted') return fields
  return { ...fields, [type === 'reasoning.summary' ? 'summary' : 'text']: text }
}

/** The thinking that a caller gives back; details tell it block by block. */
export function reasoningGiven(message: Readonly<Record<string, unknown>>, dialect: DialectName): readonly ReasoningBlock[] {
  const plain = textIn(message['reasoning_content']) ?? textIn(message['reasoning']) ?? ''
  const details = readDetails(message['reasoning_details']).filter(({ text, fields }) => text !== '' || isSigned(fields))
  if (details.length === 0) return plain === '' ? [] : [{ is: 'reasoning', text: plain }]
  const textless = details.every(({ text }) => text === '')
  const bearer = textless ? details.find(({ hidden }) => !hidden) : undefined
  const blocks = details.map((detail) => blockOf(detail, detail === bearer ? plain : detail.text, dialect))
  return textless && bearer === undefined && plain !== '' ? [{ is: 'reasoning', text: plain }, ...blocks] : blocks
}

function blockOf({ fields }: ReasoningDetail, text: string, dialect: DialectName): ReasoningBlock {
  const sealed = [fields['signature'], fields['data']].find((value) => typeof value === 'string' && value.startsWith(sealMark))
  const opaque = typeof sealed === 'string' ? unseal(sealed, dialect) : opaqueOfDetail(fields, { dialect })
  return { is: 'reasoning', text, ...(opaque !== undefined && { opaque }) }
}
