/** Break points of the prompt cache: Anthropic takes four of them, callers of other dialects may set more. */
import { isRecord } from '../wire.ts'

const most = 4
const mark = 'cache_control'

/** Takes out all but the last four, which reach the furthest. Whether any was taken out. */
export function keepLastMarks(body: { readonly tools?: unknown; readonly system?: unknown; readonly messages?: unknown }): boolean {
  const marked = [...markedIn(body.tools), ...markedIn(body.system), ...markedIn(body.messages)]
  const tooMany = marked.slice(0, Math.max(0, marked.length - most))
  for (const block of tooMany) delete block[mark]
  return tooMany.length > 0
}

function markedIn(list: unknown): Record<string, unknown>[] {
  const marked: Record<string, unknown>[] = []
  if (!Array.isArray(list)) return marked
  for (const block of list.filter(isRecord)) {
    for (const inner of markedIn(block['content'])) marked.push(inner)
    if (block[mark] !== undefined) marked.push(block)
  }
  return marked
}
