/**
 * Writes the binary streams beside it, frame by frame, as Bedrock would send them: `node --conditions=keywheel-source make-streams.ts`.
 * They are kept as files because the contract suite plays every vendor's answers from files.
 */
import { writeFileSync } from 'node:fs'
import { blockStop, delta, ending, exception, messageStart, toolStart } from '../../../src/dialects/bedrock-converse/frame-bytes.test.ts'

const usage = {
  cacheReadInputTokenCount: 30,
  cacheReadInputTokens: 30,
  cacheWriteInputTokens: 0,
  inputTokens: 12,
  outputTokens: 9,
  totalTokens: 51,
}

/** By the file's name without its ending. */
export const streams: Readonly<Record<string, Buffer>> = {
  text: Buffer.concat([
    messageStart,
    delta(0, { text: 'Grü' }),
    delta(0, { text: 'ße ' }),
    delta(0, { text: '👋🏽 from' }),
    delta(0, { text: ' the model.' }),
    blockStop(0),
    ending('end_turn', usage),
  ]),
  tools: Buffer.concat([
    messageStart,
    delta(0, { text: 'Let me' }),
    delta(0, { text: ' look.' }),
    blockStop(0),
    toolStart(1, 'tooluse_bpe71yXKQ0mWl3Yb7nTz2A', 'get_weather'),
    delta(1, { toolUse: { input: '' } }),
    delta(1, { toolUse: { input: '{"city":"Z' } }),
    delta(1, { toolUse: { input: 'ürich","unit"' } }),
    delta(1, { toolUse: { input: ':"c"}' } }),
    blockStop(1),
    ending('tool_use', usage),
  ]),
  'parallel-tools': Buffer.concat([
    messageStart,
    toolStart(0, 'tooluse_JZ11QcxSQ3m3xacMQKVIKw', 'get_weather'),
    delta(0, { toolUse: { input: '{"city":' } }),
    toolStart(1, 'tooluse_-hxBEEwGRc-VQqC2i7SFqg', 'get_weather'),
    delta(1, { toolUse: { input: '{"city":"O' } }),
    delta(0, { toolUse: { input: '"Zürich"}' } }),
    delta(1, { toolUse: { input: 'slo"}' } }),
    blockStop(0),
    blockStop(1),
    ending('tool_use', usage),
  ]),
  reasoning: Buffer.concat([
    messageStart,
    delta(0, { reasoningContent: { text: 'The user greets.' } }),
    delta(0, { reasoningContent: { text: ' I greet back.' } }),
    delta(0, { reasoningContent: { signature: 'ErcBCkgIBhABGAIiQDYN+P1S3ACL3r24cAMKCrRNiuPPxvmT2uzREPLR' } }),
    blockStop(0),
    delta(1, { text: 'Hel' }),
    delta(1, { text: 'lo!' }),
    blockStop(1),
    ending('end_turn', usage),
  ]),
  broken: Buffer.concat([
    messageStart,
    delta(0, { text: 'Grü' }),
    delta(0, { text: 'ße ' }),
    exception('internalServerException', 'The server had an error while processing your request.'),
  ]),
}

if (import.meta.main) {
  for (const [name, bytes] of Object.entries(streams)) writeFileSync(new URL(`${name}.stream`, import.meta.url), bytes)
}
