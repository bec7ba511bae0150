/** Reads what routing needs from a form: the fields that say where it goes, and whether the file is there. */
import { refuse } from '../../domain/failure.ts'
import type { RefusedCall } from '../../domain/failure.ts'
import type { Sketch, SketchAsk } from '../dialect.ts'
import { badField, sketchJson } from '../sketch-json.ts'
import { parseJson, textIn } from '../wire.ts'
import { boundaryOf } from './parameters.ts'
import { FormFault, scanParts } from './scan.ts'
import type { Part } from './scan.ts'

export interface FormRule {
  /** Given twice, two readers could understand the request differently. */
  readonly once: readonly string[]
  /** At least one of these must be there; the first is the one that people know. `image[]` counts as `image`. */
  readonly needs: readonly string[]
  /** A model that can be named, for the message of a request without one. */
  readonly example: string
}

/**
 * The sketch of a form. The same request as a JSON object is taken too: some providers want files by their address that way.
 * @throws RefusedCall (400) naming what is wrong.
 */
export function sketchForm(bytes: Buffer, rule: FormRule, ask: SketchAsk): Sketch {
  const contentType = headerText(ask.headers['content-type'])
  if (/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) return sketchJson(bytes, { maxTokens: [], once: rule.once }, ask)
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) throw noForm(contentType)
  const members = readParts(bytes, boundary)
  const named = (name: string): Part | undefined => fieldOf(bytes, members, name)
  for (const name of rule.once) named(name)
  const stream = named('stream')
  const sketch = {
    model: readModel(bytes, named('model'), rule),
    stream: stream !== undefined && /^(?:true|1)$/i.test(textOf(bytes, stream)),
    maxTokensFields: [],
    wantsUsage: false,
    bytes,
    members,
    contentType,
  }
  const [needed = 'file'] = rule.needs
  if (!members.some(({ key }) => rule.needs.includes(key.replace(/\[.*$/, '')))) {
    throw badField(needed, `\`${needed}\` is missing. Send it as a field of the form, such as \`curl -F ${needed}=@name\`.`)
  }
  return sketch
}

/** The text of a field, whichever way the request came; empty where it has no such field. */
export function formText({ bytes, members, contentType }: Sketch, name: string): string {
  const member = members.find(({ key }) => key === name)
  const text = member === undefined ? '' : bytes.toString('utf8', member.valueStart, member.valueEnd)
  return contentType === undefined ? (textIn(parseJson(text)) ?? '') : text
}

function readParts(bytes: Buffer, boundary: string): readonly Part[] {
  if (bytes.length === 0) throw refuse('bad-request', 'The request has no body. Send a form.')
  try {
    return scanParts(bytes, boundary)
  } catch (error) {
    if (!(error instanceof FormFault)) throw error
    throw refuse('bad-request', `Invalid multipart/form-data: ${error.message} (at byte ${error.offset}).`, { code: 'invalid_form' })
  }
}

/** A field that is read here: at most one, plain text. */
function fieldOf(bytes: Buffer, members: readonly Part[], name: string): Part | undefined {
  const [field, another] = members.filter(({ key }) => key === name)
  if (field === undefined) return undefined
  if (another !== undefined) throw badField(name, `\`${name}\` is given twice. Send it once.`)
  if (field.isFile || field.isEncoded) throw badField(name, `\`${name}\` must be a plain field of the form, no file.`)
  textOf(bytes, field)
  return field
}

function readModel(bytes: Buffer, field: Part | undefined, { example }: FormRule): string {
  if (field === undefined) throw badField('model', `\`model\` is missing. Name a model such as \`${example}\`.`)
  const model = textOf(bytes, field)
  if (model.trim() === '' || /\p{Cc}/u.test(model)) throw badField('model', '`model` must be a text that names a model.')
  return model
}

function textOf(bytes: Buffer, { key, valueStart, valueEnd }: Part): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(valueStart, valueEnd))
  } catch {
    throw badField(key, `\`${key}\` is not UTF-8.`)
  }
}

function noForm(contentType: string): RefusedCall {
  const isForm = /^multipart\/form-data\b/i.test(contentType)
  const message = isForm
    ? 'The content type `multipart/form-data` has no usable boundary. Let the client make it: it must not be set by hand.'
    : `The content type is ${contentType === '' ? 'missing' : `\`${contentType.slice(0, 100)}\``}. Send \`multipart/form-data\`.`
  return refuse('bad-request', message, isForm ? { code: 'invalid_form' } : { code: 'unsupported_media_type', status: 415 })
}

function headerText(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : ''
}
