/** Counts are estimates, but quick ones that no text can break. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countRequest } from './count-request.ts'
import { countTokens, rawTokens } from './count-tokens.ts'
import { factorOf } from './families.ts'
import { imageTokens } from './image-tokens.ts'

const english = 'The quick brown fox jumps over the lazy dog. '

test('a known sentence has the number of tokens that OpenAI reports for it', async () => {
  assert.equal(await countTokens('hello world', 'gpt-4o'), 2)
  assert.equal(await rawTokens(english.trim()), 10)
  assert.equal(await countTokens('', 'gpt-4o'), 0)
})

test('words that mean something to the tokenizer are only text in a prompt', async () => {
  assert.ok((await countTokens('say <|endoftext|> and <|im_start|> please', 'gpt-4o')) > 6)
})

for (const [name, letter] of Object.entries({ letters: 'a', spaces: ' ', 'non-breaking spaces': '\u00A0', tabs: '\t', ideographs: '漢' })) {
  test(`a long run of ${name} takes no longer than prose`, async () => {
    await rawTokens('warm')
    const startedAt = performance.now()
    const count = await rawTokens(letter.repeat(300_000))
    assert.ok(performance.now() - startedAt < 3000, 'quadratic work would take minutes')
    assert.ok(count > 300 && count < 310_000, `${count}`)
  })
}

test('beyond a megabyte the count goes on as it began', async () => {
  const one = await rawTokens(english.repeat(Math.floor(1_000_000 / english.length)))
  const three = await rawTokens(english.repeat(Math.floor(3_000_000 / english.length)))
  assert.ok(Math.abs(three / one - 3) < 0.02, `${three} for three times ${one}`)
})

test('while a long text is counted others get their turn', async () => {
  let turns = 0
  const timer = setInterval(() => (turns += 1), 1)
  await rawTokens(english.repeat(10_000))
  clearInterval(timer)
  assert.ok(turns >= 2, `${turns} turns`)
})

test('each family of models has its factor, whatever stands before the name', () => {
  const factors: Record<string, number> = {
    'gpt-6-sol': 1,
    'openai/gpt-oss-120b': 1,
    'o3-mini': 1,
    'grok-4.7': 1,
    'gemini-4-argon': 1.05,
    'deepseek/deepseek-v4-pro': 1.05,
    'meta-llama/Llama-3.3-70B': 1.05,
    'mistral-large-latest': 1.05,
    'claude-sonnet-4-6': 1.18,
    'claude-3-5-haiku-latest': 1.18,
    'anthropic/claude-opus-4.8': 1.5,
    'claude-sonnet-5-5': 1.5,
    'unheard-of': 1.1,
  }
  for (const [model, factor] of Object.entries(factors)) assert.equal(factorOf(model), factor, model)
})

const png = (width: number, height: number): string => {
  const bytes = Buffer.alloc(33)
  bytes.write('89504e470d0a1a0a', 'hex')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes.toString('base64')
}

const jpeg = (width: number, height: number): string => {
  const frame = Buffer.from('ffd8ffe000040000ffc0001108000000000300', 'hex')
  frame.writeUInt16BE(height, 13)
  frame.writeUInt16BE(width, 15)
  return Buffer.concat([frame, Buffer.alloc(16)]).toString('base64')
}

test('an image costs by its size, which is read from its first bytes', () => {
  assert.equal(imageTokens(png(750, 750), undefined), 750)
  assert.equal(imageTokens(jpeg(1500, 500), undefined), 1000)
  assert.equal(imageTokens(png(15_680, 15_680), undefined), Math.ceil((1568 * 1568) / 750))
  assert.equal(imageTokens(png(10, 10), 'low'), 85)
  assert.equal(imageTokens('AAAA', undefined), 1000)
  assert.equal(imageTokens(undefined, undefined), 1000)
})

test('a request counts its texts, what surrounds its messages, its tools and its images, and no base64', async () => {
  const text = { is: 'text', text: 'What is on this picture?' }
  const image = { is: 'image', source: { is: 'base64', data: png(750, 750) + 'A'.repeat(100_000) } }
  const plain = await countRequest({ turns: [{ parts: [text] }], tools: [] }, 'gpt-4o')
  assert.equal(plain, 6 + 3 + 3)
  const withImage = await countRequest({ turns: [{ parts: [text, image] }], tools: [] }, 'gpt-4o')
  assert.equal(withImage, plain + 750)
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const withTool = await countRequest({ turns: [{ parts: [text] }], tools: [{ name: 'get_weather', parameters }] }, 'gpt-4o')
  assert.ok(withTool > plain + 25 && withTool < plain + 50, `${withTool}`)
  const call = { is: 'tool-call', name: 'get_weather', argumentsText: '{"city":"Oslo"}' }
  const loop = [{ parts: [text] }, { blocks: [call] }, { results: [{ parts: [{ is: 'text', text: '7 °C' }] }] }]
  assert.ok((await countRequest({ turns: loop, tools: [] }, 'gpt-4o')) > plain + 12)
})
