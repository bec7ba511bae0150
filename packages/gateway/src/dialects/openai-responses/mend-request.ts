/** A request once more, without what the provider could not take of it: thinking that another account has encrypted. */
import type { Failure, ProviderFailure } from '../../domain/failure.ts'
import type { WireRequest } from '../dialect.ts'
import { isRecord, parseJson } from '../wire.ts'
import { encryptedReasoning } from './pass-request.ts'

/** Another account's thinking, thinking whose consequence is gone, and names of things that are not kept. */
const unreadable =
  /invalid_encrypted_content|encrypted content[^.]{0,200}could not be|without its required following item|Item with id 'rs_[^']*' not found/i
/** A model that does not think. */
const notEncrypting = /encrypted content is not supported|reasoning\.encrypted_content/i

/** undefined: something else was wrong with it (dialects SG3). */
export function mendRequest(body: Buffer, failure: Failure): WireRequest | undefined {
  const said = `${codeOf(failure)} ${failure.message}`
  if (unreadable.test(said)) return changed(body, withoutReasoning, ['reasoning'])
  return notEncrypting.test(said) ? changed(body, withoutEncryption, []) : undefined
}

function codeOf({ told }: ProviderFailure): string {
  return told?.code ?? ''
}

type Change = (request: Record<string, unknown>) => Record<string, unknown> | undefined

function changed(body: Buffer, change: Change, losses: WireRequest['losses']): WireRequest | undefined {
  const json = parseJson(body.toString())
  const mended = isRecord(json) ? change(json) : undefined
  return mended === undefined ? undefined : { body: Buffer.from(JSON.stringify(mended)), losses }
}

const withoutReasoning: Change = (request) => {
  const { input } = request
  if (!Array.isArray(input)) return undefined
  const kept: unknown[] = input.filter((item) => !isRecord(item) || item['type'] !== 'reasoning')
  return kept.length === input.length ? undefined : { ...request, input: kept }
}

const withoutEncryption: Change = (request) => {
  const { include, ...others } = request
  if (!Array.isArray(include) || !include.includes(encryptedReasoning)) return undefined
  const kept: unknown[] = include.filter((each) => each !== encryptedReasoning)
  return kept.length === 0 ? others : { ...others, include: kept }
}
