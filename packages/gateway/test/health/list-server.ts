/** A provider whose list of models can be slow, broken or silent, and that counts how often it is asked for it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

/** `hang`: never answers. A number: answers with this status. */
export type ListMood = 'ok' | 'hang' | 'reset' | number

export interface ListServer {
  readonly url: string
  mood: ListMood
  delayMs: number
  /** Requests for the list so far. */
  asked: number
  /** Requests under way, and the most there were at once. */
  underWay: number
  mostAtOnce: number
  /** The `authorization` of each request. */
  readonly keys: string[]
}

export async function openListServer(t: TestContext, mood: ListMood = 'ok'): Promise<ListServer> {
  const server = createServer((request, response) => {
    list.asked += 1
    list.underWay += 1
    list.mostAtOnce = Math.max(list.mostAtOnce, list.underWay)
    list.keys.push(request.headers.authorization ?? '')
    response.on('close', () => {
      list.underWay -= 1
    })
    void answer(list, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const list: ListServer = { url: `http://127.0.0.1:${port}/v1`, mood, delayMs: 0, asked: 0, underWay: 0, mostAtOnce: 0, keys: [] }
  return list
}

const message = { role: 'assistant', content: 'Good day.' }

async function answer({ mood, delayMs }: ListServer, response: ServerResponse): Promise<void> {
  if (delayMs > 0) await pause(delayMs)
  if (mood === 'hang') return
  if (mood === 'reset') return void response.destroy()
  const status = mood === 'ok' ? 200 : mood
  // Read as a list or as an answer, whichever was asked for.
  const good = {
    object: 'list',
    data: [{ id: 'm' }],
    id: 'c1',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  }
  const body = status === 200 ? good : { error: { message: `status ${status}` } }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** keywheel.yaml with these servers as providers. */
export function yamlOf(servers: Readonly<Record<string, ListServer>>, more = ''): string {
  const entries = Object.entries(servers).map(([name, { url }]) => `  ${name}: { base_url: "${url}", keys: [key-${name}-0123456789] }`)
  return `providers:\n${entries.join('\n')}\n${more}`
}
