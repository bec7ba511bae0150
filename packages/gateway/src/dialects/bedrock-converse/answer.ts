/** Reads a whole answer of Converse. */
import type { Failure } from '../../domain/failure.ts'
import type { CanonicalAnswer } from '../canonical/answer.ts'
import type { Block, Citation } from '../canonical/blocks.ts'
import type { Opaque, Origin } from '../canonical/opaque.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { ToolNames, unwrapCustomInput } from '../canonical/tool-names.ts'
import type { ReadAnswer } from '../dialect.ts'
import { isRecord, parseJson, textIn } from '../wire.ts'
import { finishOf, stopFailure } from './finish.ts'
import { jsonToolName } from './json-tool.ts'
import { mediaTypeOfFormat } from './media.ts'
import { toolNameRule } from './tools.ts'
import { usageFromBedrock } from './usage.ts'

const notAnAnswer: Failure = { reason: 'bad-answer', message: 'The provider sent an answer without `output.message`.', sent: 'yes' }

/** @param request what was asked, for the names of its tools. */
export function readBedrockAnswer(body: Buffer, origin: Origin, request?: CanonicalRequest): ReadAnswer {
  const json = parseJson(body.toString())
  const output = isRecord(json) ? json['output'] : undefined
  const message = isRecord(output) ? output['message'] : undefined
  if (!isRecord(json) || !isRecord(message) || !Array.isArray(message['content'])) return { failure: notAnAnswer }
  const stopReason = textIn(json['stopReason']) ?? ''
  const failure = stopFailure(stopReason)
  if (failure !== undefined) return { failure }
  const names = new ToolNames(request, toolNameRule)
  const blocks = message['content'].flatMap((block: unknown, index) => blocksIn(block, index, { origin, names }))
  return { answer: answerOf(json, blocks, stopReason) }
}

function answerOf(json: Record<string, unknown>, blocks: readonly Block[], stopReason: string): CanonicalAnswer {
  const usage = usageFromBedrock(json['usage'])
  const stopSequence = stopSequenceIn(json)
  return {
    blocks,
    finish: finishOf(
      stopReason,
      blocks.some(({ is }) => is === 'tool-call'),
    ),
    ...(stopReason !== '' && { rawFinish: stopReason }),
    ...(stopSequence !== undefined && { stopSequence }),
    ...(usage !== undefined && { usage }),
  }
}

/** Claude says which stop text was met, where it was asked to. */
export function stopSequenceIn(from: Record<string, unknown>): string | undefined {
  const fields = from['additionalModelResponseFields']
  return isRecord(fields) ? textIn(fields['stop_sequence']) : undefined
}

interface Reading {
  readonly origin: Origin
  readonly names: ToolNames
}

/** A block that nobody can hold, such as the vendor's own tools at work, gives nothing. */
function blocksIn(block: unknown, index: number, { origin, names }: Reading): readonly Block[] {
  if (!isRecord(block)) return []
  const text = textIn(block['text'])
  if (text !== undefined) return [{ is: 'text', text }]
  const { toolUse, reasoningContent, citationsContent, image } = block
  if (isRecord(toolUse)) return toolBlocks(toolUse, index, { origin, names })
  if (isRecord(reasoningContent)) return reasoningBlocks(reasoningContent, origin)
  if (isRecord(citationsContent)) return citedBlocks(citationsContent)
  return isRecord(image) ? imageBlocks(image) : []
}

function toolBlocks(toolUse: Record<string, unknown>, index: number, { origin, names }: Reading): readonly Block[] {
  if (isServerTool(toolUse)) return []
  const given = textIn(toolUse['name']) ?? ''
  const argumentsText = JSON.stringify(toolUse['input'] ?? {})
  if (given === jsonToolName) return [{ is: 'text', text: argumentsText }]
  const name = names.back(given)
  const call = { is: 'tool-call', id: callId(toolUse, index, origin), name } as const
  return names.isCustom(name) ? [{ ...call, argumentsText: unwrapCustomInput(argumentsText), custom: true }] : [{ ...call, argumentsText }]
}

/** A tool that Bedrock runs itself, such as Nova's grounding. */
export function isServerTool(toolUse: Record<string, unknown>): boolean {
  return toolUse['type'] === 'server_tool_use'
}

export function callId(toolUse: Record<string, unknown>, index: number, { provider, model }: Origin): string {
  return textIn(toolUse['toolUseId']) ?? mintToolCallId(`${provider} ${model}`, index)
}

function reasoningBlocks(content: Record<string, unknown>, origin: Origin): readonly Block[] {
  const { reasoningText, redactedContent } = content
  if (isRecord(reasoningText)) {
    const signature = textIn(reasoningText['signature']) ?? ''
    return [{ is: 'reasoning', text: textIn(reasoningText['text']) ?? '', opaque: { origin, data: signature } }]
  }
  return typeof redactedContent === 'string' ? [{ is: 'reasoning', text: '', opaque: redacted(redactedContent, origin) }] : []
}

/** Bytes in JSON are base64; these bytes are the text that Anthropic's own API would have given. */
export function redacted(redactedContent: string, origin: Origin): Opaque {
  return { origin, data: Buffer.from(redactedContent, 'base64').toString(), redacted: true }
}

function citedBlocks({ content, citations }: Record<string, unknown>): readonly Block[] {
  const text = textsIn(content)
  if (text === '') return []
  const found = Array.isArray(citations) ? citations.filter(isRecord).map(citationOf) : []
  return [{ is: 'text', text, ...(found.length > 0 && { citations: found }) }]
}

export function citationOf(value: Record<string, unknown>): Citation {
  const { location } = value
  const web = isRecord(location) ? location['web'] : undefined
  const url = isRecord(web) ? textIn(web['url']) : undefined
  const title = textIn(value['title'])
  const quote = textsIn(value['sourceContent'])
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(quote !== '' && { quote }),
    origin: 'bedrock-converse',
    value,
  }
}

function textsIn(content: unknown): string {
  if (!Array.isArray(content)) return ''
  return content.map((each: unknown) => (isRecord(each) ? (textIn(each['text']) ?? '') : '')).join('')
}

function imageBlocks({ format, source }: Record<string, unknown>): readonly Block[] {
  const data = isRecord(source) ? textIn(source['bytes']) : undefined
  const mediaType = mediaTypeOfFormat(format)
  return data === undefined || mediaType === undefined ? [] : [{ is: 'image', source: { is: 'base64', mediaType, data } }]
}
