/** What callers send back of an answer that was begun anew behind half a thought: the whole thought with its signature, and no half one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { Ollama } from 'ollama'
import { meanwhile, openRetrying } from './faults/retrying.ts'
import { beginAs, endOf, speeches, streamed, wellEnded } from './faults/spoken.ts'
import { leaves } from './faults/stand.ts'
import type { Stand } from './faults/stand.ts'

const model = 'chain'
const question = [{ role: 'user' as const, content: 'hello' }]

function told(type: string, more: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
}

/** Thinking as Claude tells it, signed and with a tool call behind it, or cut. */
function claudeThinks(text: string, isCut: boolean): string {
  const begun =
    speeches.anthropic.start +
    told('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }) +
    told('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: text } })
  if (isCut) return begun
  return (
    begun +
    told('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: `signs ${text}` } }) +
    told('content_block_stop', { index: 0 }) +
    told('content_block_start', { index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'paint', input: {} } }) +
    told('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '{"what":"x"}' } }) +
    told('content_block_stop', { index: 1 }) +
    told('message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 5 } }) +
    speeches.anthropic.terminator
  )
}

const parameters = { type: 'object' as const }
const painted = { role: 'user' as const, content: [{ type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'done' }] }

/** Hears the answer, sends the conversation back as each client keeps it, and hears the next. */
const conversations: Readonly<Record<string, (stand: Stand) => Promise<void>>> = {
  OpenAI: async (stand) => {
    const client = new OpenAI({ baseURL: stand.url, apiKey: 'any', maxRetries: 0 })
    const tools = [{ type: 'function' as const, function: { name: 'paint', parameters } }]
    const asking = { model, max_tokens: 4000, reasoning_effort: 'high' as const, tools, stream: true as const }
    let thinking = ''
    for await (const { choices } of await client.chat.completions.create({ ...asking, messages: question })) {
      thinking += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? ''
    }
    const call = { id: 'toolu_1', type: 'function' as const, function: { name: 'paint', arguments: '{"what":"x"}' } }
    const turn = { role: 'assistant' as const, content: null, reasoning_content: thinking, tool_calls: [call] }
    const result = { role: 'tool' as const, tool_call_id: 'toolu_1', content: 'done' }
    for await (const part of await client.chat.completions.create({ ...asking, messages: [...question, turn, result] })) void part
  },
  Ollama: async (stand) => {
    const client = new Ollama({ host: stand.origin })
    const asking = { model, think: true, tools: [{ type: 'function', function: { name: 'paint', parameters } }], stream: true as const }
    const turn = { role: 'assistant', content: '', thinking: '', tool_calls: [] as { function: { name: string; arguments: object } }[] }
    for await (const { message } of await client.chat({ ...asking, messages: question })) {
      turn.thinking += message.thinking ?? ''
      turn.tool_calls.push(...(message.tool_calls ?? []))
    }
    const messages = [...question, turn, { role: 'tool', tool_name: 'paint', content: 'done' }]
    for await (const part of await client.chat({ ...asking, messages })) void part
  },
  Anthropic: async (stand) => {
    const client = new Anthropic({ baseURL: stand.origin, apiKey: 'any', maxRetries: 0 })
    const thinking = { type: 'enabled' as const, budget_tokens: 1024 }
    const asking = { model, max_tokens: 4000, thinking, tools: [{ name: 'paint', input_schema: parameters }] }
    const { content } = await client.messages.stream({ ...asking, messages: question }).finalMessage()
    assert.equal(content.length, 3)
    const turn = { role: 'assistant' as const, content }
    await client.messages.stream({ ...asking, messages: [...question, turn, painted] }).finalMessage()
  },
}

for (const [name, converse] of Object.entries(conversations)) {
  test(`a conversation that ${name}’s client sends back holds the whole thought with its signature, and the half one nowhere`, async (t) => {
    const stand = await openRetrying(t, { dialect: 'anthropic-messages' })
    stand.alpha.script('*', streamed(claudeThinks('Half.', true), { do: 'fin' }))
    stand.beta.script('*', streamed(claudeThinks('Whole.', false), ...wellEnded))
    await meanwhile(stand, converse(stand))
    const { messages } = JSON.parse(stand.beta.calls[1]?.body.toString() ?? '{}') as { messages: { content: unknown }[] }
    assert.deepEqual(messages[1]?.content, [
      { type: 'thinking', thinking: 'Whole.', signature: 'signs Whole.' },
      { type: 'tool_use', id: 'toolu_1', name: 'paint', input: { what: 'x' } },
    ])
  })
}

test('behind a thought that its vendor has signed nobody answers anew', async (t) => {
  const stand = await openRetrying(t, { dialect: 'anthropic-messages' })
  const signed = claudeThinks('Whole.', false).split('event: content_block_start\ndata: {"type":"content_block_start","index":1')[0] ?? ''
  stand.alpha.script('*', streamed(signed, { do: 'fin' }))
  const heard = await endOf(stand, beginAs(stand, 'openai'), 'openai')
  assert.deepEqual([heard.done, heard.errorType === undefined, stand.beta.calls.length], [false, false, 0])
  await leaves(stand, 'broken 200 truncated')
})
