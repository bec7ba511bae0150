/** Streams that stop in the middle for as long as a test wants. */
import type { Reply } from '@keywheel/simulator'

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

function event(delta: object, finish: string | null = null): string {
  const data = {
    id: 'held',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  }
  return `data: ${JSON.stringify(data)}\n\n`
}

/** Says "Half of it", holds, and says the rest. */
export function heldStream(untilThen: Promise<unknown>): Reply {
  const beginning = event({ role: 'assistant', content: '' }) + event({ content: 'Half of it' })
  const end = `${event({ content: ', and the rest.' })}${event({}, 'stop')}data: [DONE]\n\n`
  return {
    is: 'wire',
    steps: [
      { do: 'write', bytes: head + chunk(beginning) },
      { do: 'hold', until: untilThen },
      { do: 'write', bytes: `${chunk(end)}0\r\n\r\n` },
      { do: 'keep' },
    ],
  }
}
