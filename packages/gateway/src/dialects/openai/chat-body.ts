/** A canonical request as the body of a chat request, for any server of the OpenAI family. */
import type { TranslationTarget } from '../../domain/quirks.ts'
import { Losses, lostExtras, refuseMeaningful } from '../canonical/losses.ts'
import type { AnswerFormat, CanonicalRequest } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'
import type { WireRequest } from '../dialect.ts'
import { writeSampling } from './chat-sampling.ts'
import { fitToTarget } from './chat-target.ts'
import { writeMessages } from './chat-messages.ts'
import { writeThinking } from './chat-thinking.ts'
import { toolNameRule, writeTools } from './chat-tools.ts'
import { takes } from './chat-writing.ts'
import type { ChatStyle, ChatWriting } from './chat-writing.ts'

export function writeChatRequest(request: CanonicalRequest, target: TranslationTarget, style: ChatStyle): WireRequest {
  const isSame = request.from === style.dialect
  if (!isSame) refuseMeaningful(request)
  const names = new ToolNames(request, toolNameRule)
  const writing: ChatWriting = { style, request, target, names, losses: new Losses(), isSame }
  const written = { ...fieldsOf(writing), ...carriedExtras(writing) }
  const styled = style.adjust === undefined ? written : style.adjust(written, writing)
  const body = fitToTarget(styled, writing)
  return { body: Buffer.from(JSON.stringify(body)), losses: writing.losses.names }
}

function fieldsOf(writing: ChatWriting): Record<string, unknown> {
  const { request, target } = writing
  const maxTokens = limitOf(request, target)
  return {
    model: target.model,
    messages: writeMessages(writing),
    ...(request.stream && { stream: true, stream_options: { include_usage: true } }),
    ...(maxTokens !== undefined && { [target.quirks.maxTokensField ?? 'max_tokens']: maxTokens }),
    ...writeTools(writing),
    ...writeThinking(writing),
    ...(request.format !== undefined && { response_format: writeFormat(request.format) }),
    ...writeSampling(writing),
    ...writeRest(writing),
  }
}

function limitOf({ maxTokens }: CanonicalRequest, target: TranslationTarget): number | undefined {
  if (maxTokens === undefined) return undefined
  return Math.min(maxTokens, target.maxTokens ?? maxTokens, target.maxOutputTokens ?? maxTokens)
}

/** A schema must have a name there. */
function writeFormat(format: AnswerFormat): Record<string, unknown> {
  if (format.is === 'json') return { type: 'json_object' }
  const { name, description, schema, strict } = format
  return {
    type: 'json_schema',
    json_schema: {
      name: name ?? 'response',
      ...(description !== undefined && { description }),
      schema,
      ...(strict !== undefined && { strict }),
    },
  }
}

/** What the vendors name alike and mean differently (tiers, metadata) goes only to where it was written for. */
function writeRest(writing: ChatWriting): Record<string, unknown> {
  const { request, losses, isSame } = writing
  const { cacheKey, verbosity, serviceTier, metadata } = request
  const kept: Record<string, unknown> = {}
  if (cacheKey !== undefined) {
    if (takes(writing, 'prompt_cache_key')) kept['prompt_cache_key'] = cacheKey
    else losses.lose('cacheKey')
  }
  if (verbosity !== undefined) {
    if (takes(writing, 'verbosity')) kept['verbosity'] = verbosity
    else losses.lose('verbosity')
  }
  if (isSame) {
    return { ...kept, ...(serviceTier !== undefined && { service_tier: serviceTier }), ...(metadata !== undefined && { metadata }) }
  }
  if (serviceTier !== undefined) losses.lose('serviceTier')
  if (metadata !== undefined) losses.lose('metadata')
  const carried = new Set(Object.keys(carriedExtras(writing)).map((field) => `extras.${field}`))
  losses.loseAll(lostExtras(request).filter((name) => !carried.has(name)))
  return kept
}

/** Fields that have no canonical name and are known where they go. */
function carriedExtras({ request, style, isSame }: ChatWriting): Readonly<Record<string, unknown>> {
  if (isSame) return request.extras
  if (request.from !== 'openai-chat') return {}
  return Object.fromEntries(Object.entries(request.extras).filter(([field]) => style.extras?.includes(field) === true))
}
