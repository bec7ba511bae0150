/**
 * Reads the messages of Ollama's chat. A result of a tool says which call it answers by id, by the tool's name or by its place
 * alone, depending on how old the client is.
 */
import type { Block, ToolCallBlock } from '../canonical/blocks.ts'
import type { TextPart } from '../canonical/parts.ts'
import type { ToolResult, Turn } from '../canonical/request.ts'
import { OpenCalls } from '../canonical/open-calls.ts'
import { mintToolCallId } from '../canonical/tool-ids.ts'
import { mergeTurns } from '../canonical/turns.ts'
import { readImages } from '../ollama/fields.ts'
import { badField } from '../sketch-json.ts'
import { isRecord, textIn } from '../wire.ts'

type Message = Record<string, unknown>

/** @throws RefusedCall (400) naming the message at fault. */
export function readMessages(messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages)) throw badField('messages', '`messages` must be a list.')
  const reading = new Reading()
  const turns = messages.map((message: unknown, at): Turn => {
    if (!isRecord(message)) throw badField(`messages[${at}]`, `\`messages[${at}]\` must be an object.`)
    return reading.turnOf(message, at)
  })
  return mergeTurns(turns, joinedRoles)
}

/** All results between two turns of the assistant belong together; nothing else is joined. */
const joinedRoles: ReadonlySet<Turn['role']> = new Set<Turn['role']>(['tool'])

class Reading {
  /** Calls of the latest assistant turn that have no result yet. */
  #open = new OpenCalls<ToolCallBlock>([])
  #calls = 0

  turnOf(message: Message, at: number): Turn {
    switch (message['role']) {
      case 'system':
        return { role: 'system', parts: textParts(message, at) }
      case 'user':
        return { role: 'user', parts: [...readImages(message['images'], `messages[${at}].images`), ...textParts(message, at)] }
      case 'assistant':
        return { role: 'assistant', blocks: this.#blocksOf(message, at) }
      case 'tool':
        return { role: 'tool', results: [this.#resultOf(message, at)] }
      default:
        throw badField(`messages[${at}].role`, `\`messages[${at}].role\` must be \`system\`, \`user\`, \`assistant\` or \`tool\`.`)
    }
  }

  #blocksOf(message: Message, at: number): readonly Block[] {
    const thinking = textIn(message['thinking'])
    const calls = this.#callsOf(message['tool_calls'], at)
    this.#open = new OpenCalls(calls)
    return [...(thinking === undefined ? [] : [{ is: 'reasoning', text: thinking } as const]), ...textParts(message, at), ...calls]
  }

  #callsOf(calls: unknown, at: number): readonly ToolCallBlock[] {
    if (!Array.isArray(calls)) return []
    return calls.map((call: unknown): ToolCallBlock => {
      const given = isRecord(call) ? call['function'] : undefined
      const name = isRecord(given) ? textIn(given['name']) : undefined
      if (!isRecord(call) || !isRecord(given) || name === undefined) {
        throw badField(`messages[${at}].tool_calls`, `\`messages[${at}].tool_calls\` must be a list of functions with a name.`)
      }
      const id = textIn(call['id']) ?? mintToolCallId('history', this.#calls)
      this.#calls++
      return { is: 'tool-call', id, name, argumentsText: argumentsTextOf(given['arguments']) }
    })
  }

  #resultOf(message: Message, at: number): ToolResult {
    const name = textIn(message['tool_name']) ?? textIn(message['name'])
    const id = textIn(message['tool_call_id'])
    const call = this.#answered(id, name)
    const called = call?.name ?? name
    return {
      callId: call?.id ?? id ?? mintToolCallId('orphan', at),
      ...(called !== undefined && { name: called }),
      parts: [...textParts(message, at), ...readImages(message['images'], `messages[${at}].images`)],
      isError: false,
    }
  }

  /** The call that a result belongs to, which has its result then. */
  #answered(id: string | undefined, name: string | undefined): ToolCallBlock | undefined {
    if (id !== undefined) return this.#open.withId(id)
    return name === undefined ? this.#open.first() : this.#open.withName(name)
  }
}

function textParts(message: Message, at: number): readonly TextPart[] {
  const { content } = message
  if (content === undefined || content === null || content === '') return []
  if (typeof content !== 'string') throw badField(`messages[${at}].content`, `\`messages[${at}].content\` must be a text.`)
  return [{ is: 'text', text: content }]
}

/** An object, and from some clients the text of one. */
function argumentsTextOf(given: unknown): string {
  if (typeof given === 'string') return given
  return given === undefined || given === null ? '{}' : JSON.stringify(given)
}
