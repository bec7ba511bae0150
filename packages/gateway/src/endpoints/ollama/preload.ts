/**
 * Ollama's clients load a model ahead by asking it nothing, and let go of it the same way. Providers have nothing to load.
 * https://docs.ollama.com/api/generate ("Load a model")
 */
import type { Sketch } from '../../dialects/dialect.ts'
import { readValue } from '../../dialects/sketch-json.ts'
import type { OperationEndpoint } from '../endpoint.ts'

type Preload = Pick<OperationEndpoint, 'answerHere' | 'needsNobody'>

/** A chat without messages. */
export const chatPreload: Preload = {
  needsNobody: (sketch) => isEmpty(sketch, 'messages'),
  answerHere: (sketch, _model, wallNow) => Promise.resolve({ ...loaded(sketch, wallNow), message: { role: 'assistant', content: '' } }),
}

/** Neither a text nor a picture. */
export const generatePreload: Preload = {
  needsNobody: (sketch) => isEmpty(sketch, 'prompt') && isEmpty(sketch, 'images'),
  answerHere: (sketch, _model, wallNow) => Promise.resolve({ ...loaded(sketch, wallNow), response: '' }),
}

function loaded(sketch: Sketch, wallNow: number): Record<string, unknown> {
  const reason = valueOf(sketch, 'keep_alive') === 0 ? 'unload' : 'load'
  return { model: sketch.model, created_at: new Date(wallNow).toISOString(), done: true, done_reason: reason }
}

function isEmpty(sketch: Sketch, name: string): boolean {
  const value = valueOf(sketch, name)
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** What is longer than this is not nothing, and is not read here. */
const longestNothing = 32

function valueOf({ bytes, members }: Sketch, name: string): unknown {
  const member = members.find(({ key }) => key === name)
  if (member === undefined) return undefined
  return member.valueEnd - member.valueStart > longestNothing ? bytes : readValue(bytes, member)
}
