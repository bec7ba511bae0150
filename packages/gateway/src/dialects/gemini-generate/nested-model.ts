/** Google's requests that hold other requests name the model in each of them, and refuse one that is not the path's. */
import { isRecord } from '../wire.ts'

/** The request with that model. undefined: it says so already, or names none. */
export function withModel(request: unknown, model: string): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(request) || request['model'] === undefined) return undefined
  const name = `models/${model}`
  return request['model'] === name ? undefined : { ...request, model: name }
}
