/** Cuts a whole answer at the first of the texts at which it should have stopped. */
import type { CanonicalAnswer } from './answer.ts'
import type { Block } from './blocks.ts'

export function stopAt(answer: CanonicalAnswer, stops: readonly string[]): CanonicalAnswer {
  const wanted = stops.filter((stop) => stop !== '')
  for (const [index, block] of answer.blocks.entries()) {
    if (block.is !== 'text') continue
    const met = firstOf(block.text, wanted)
    if (met === undefined) continue
    const cut: Block = { is: 'text', text: block.text.slice(0, met.at) }
    return { ...answer, blocks: [...answer.blocks.slice(0, index), cut], finish: 'stop-sequence', stopSequence: met.stop }
  }
  return answer
}

function firstOf(text: string, stops: readonly string[]): { at: number; stop: string } | undefined {
  return stops
    .map((stop) => ({ at: text.indexOf(stop), stop }))
    .filter(({ at }) => at !== -1)
    .toSorted((left, right) => left.at - right.at)[0]
}
