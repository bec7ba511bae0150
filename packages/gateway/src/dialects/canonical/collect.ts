/** Puts the events of a stream together into the whole answer. */
import type { CanonicalAnswer } from './answer.ts'
import type { Block, Citation } from './blocks.ts'
import type { CanonicalEvent } from './events.ts'
import type { Opaque } from './opaque.ts'

interface Growing {
  is: 'text' | 'reasoning' | 'refusal' | 'tool-call'
  text: string
  id: string
  name: string
  custom: boolean
  citations: Citation[]
  opaque: Opaque | undefined
}

export class Collector {
  readonly #blocks = new Map<number, Growing | Block>()
  #about: Pick<CanonicalAnswer, 'id' | 'model' | 'createdAt'> = {}
  #end: Pick<CanonicalAnswer, 'finish' | 'rawFinish' | 'stopSequence'> = { finish: 'stop' }
  #usage: CanonicalAnswer['usage']
  #logprobs: unknown[] = []

  hear(event: CanonicalEvent): void {
    if ('index' in event) this.#hearBlock(event)
    else this.#hearAnswer(event)
  }

  #hearAnswer(event: Exclude<CanonicalEvent, { index: number }>): void {
    switch (event.is) {
      case 'answer-start':
        this.#about = aboutOf(event)
        return
      case 'logprobs':
        for (const each of event.content) this.#logprobs.push(each)
        return
      case 'usage':
        this.#usage = event.usage
        return
      case 'finish':
        this.#end = endOf(event)
        return
      case 'failure':
    }
  }

  #hearBlock(event: Extract<CanonicalEvent, { index: number }>): void {
    const { index } = event
    if (event.is === 'block') this.#blocks.set(index, event.block)
    else if (event.is === 'citation') this.#change(index, ({ citations }) => void citations.push(event.citation))
    else if ('text' in event) this.#change(index, (block) => void (block.text += event.text))
    else if ('argumentsText' in event) this.#change(index, (block) => void (block.text += event.argumentsText))
    else if (isStart(event)) this.#blocks.set(index, growing(event))
    else if ('opaque' in event) this.#change(index, (block) => void (block.opaque = event.opaque))
  }

  answer(): CanonicalAnswer {
    const blocks = [...this.#blocks].toSorted(([left], [right]) => left - right).map(([, block]) => finished(block))
    return {
      ...this.#about,
      blocks,
      ...this.#end,
      ...(this.#usage !== undefined && { usage: this.#usage }),
      ...(this.#logprobs.length > 0 && { logprobs: this.#logprobs }),
    }
  }

  #change(index: number, change: (block: Growing) => void): void {
    const block = this.#blocks.get(index)
    if (block !== undefined && isGrowing(block)) change(block)
  }
}

/** The whole answer that a list of events tells. */
export function collect(events: Iterable<CanonicalEvent>): CanonicalAnswer {
  const collector = new Collector()
  for (const event of events) collector.hear(event)
  return collector.answer()
}

function aboutOf({
  id,
  model,
  createdAt,
}: Extract<CanonicalEvent, { is: 'answer-start' }>): Pick<CanonicalAnswer, 'id' | 'model' | 'createdAt'> {
  return { ...(id !== undefined && { id }), ...(model !== undefined && { model }), ...(createdAt !== undefined && { createdAt }) }
}

type End = Pick<CanonicalAnswer, 'finish' | 'rawFinish' | 'stopSequence'>

function endOf({ finish, raw, stopSequence }: Extract<CanonicalEvent, { is: 'finish' }>): End {
  return { finish, ...(raw !== undefined && { rawFinish: raw }), ...(stopSequence !== undefined && { stopSequence }) }
}

type Start = Extract<CanonicalEvent, { is: 'text-start' | 'reasoning-start' | 'refusal-start' | 'tool-call-start' }>

const kinds = { 'text-start': 'text', 'reasoning-start': 'reasoning', 'refusal-start': 'refusal', 'tool-call-start': 'tool-call' } as const

function isStart(event: CanonicalEvent): event is Start {
  return Object.hasOwn(kinds, event.is)
}

function growing(event: Start): Growing {
  const empty: Growing = { is: kinds[event.is], text: '', id: '', name: '', custom: false, citations: [], opaque: undefined }
  return event.is === 'tool-call-start' ? { ...empty, id: event.id, name: event.name, custom: event.custom === true } : empty
}

function isGrowing(block: Growing | Block): block is Growing {
  return 'custom' in block && 'citations' in block && 'name' in block && 'text' in block
}

function finished(block: Growing | Block): Block {
  if (!isGrowing(block)) return block
  const { text, opaque, citations } = block
  const marked = opaque === undefined ? {} : { opaque }
  switch (block.is) {
    case 'text':
      return { is: 'text', text, ...(citations.length > 0 && { citations }), ...marked }
    case 'reasoning':
      return { is: 'reasoning', text, ...marked }
    case 'refusal':
      return { is: 'refusal', text }
    case 'tool-call':
      return { is: 'tool-call', id: block.id, name: block.name, argumentsText: text, ...(block.custom && { custom: true }), ...marked }
  }
}
