/** Items of an answer in the Responses API, as they are when they are done. */
import type { ImageBlock, OpaqueBlock } from '../canonical/blocks.ts'
import { seal } from '../canonical/opaque.ts'
import type { Opaque } from '../canonical/opaque.ts'
import type { ToolOrigin } from './tool-names.ts'

export type Item = Readonly<Record<string, unknown>>

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

interface TextContent {
  readonly type: 'output_text'
  readonly text: string
  readonly annotations: readonly unknown[]
  readonly logprobs: readonly unknown[]
}

interface RefusalContent {
  readonly type: 'refusal'
  readonly refusal: string
}

export type Content = TextContent | RefusalContent

export function messageItem(id: string, content: readonly Content[], status: ItemStatus): Item {
  return { id, type: 'message', status, role: 'assistant', content }
}

/** Thinking is shown as a summary; what its vendor wants back travels sealed. */
export function reasoningItem(id: string, text: string, opaque: Opaque | undefined): Item {
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(opaque !== undefined && opaque.data !== '' && { encrypted_content: seal(opaque) }),
  }
}

export interface Call {
  readonly id: string
  readonly callId: string
  readonly tool: ToolOrigin
  /** JSON of the arguments, or the input of a custom tool. */
  readonly text: string
}

export function callItem({ id, callId, tool, text }: Call, status: ItemStatus): Item {
  const { name, namespace, isCustom } = tool
  return {
    id,
    type: isCustom ? 'custom_tool_call' : 'function_call',
    status,
    call_id: callId,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(isCustom ? { input: text } : { arguments: text }),
  }
}

/** undefined: only its own dialect can show it. */
export function pieceItem(id: string, block: ImageBlock | OpaqueBlock): Item | undefined {
  if (block.is === 'opaque') {
    const { value } = block
    return block.origin === 'openai-responses' && typeof value === 'object' && value !== null ? { ...value } : undefined
  }
  const { source } = block
  return source.is === 'base64' ? { id, type: 'image_generation_call', status: 'completed', result: source.data } : undefined
}
