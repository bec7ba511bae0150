/** Ids of calls: a random prefix for the process and a counter behind it, cheap and never the same twice. */
import { requestId } from '../domain/names.ts'
import type { RequestId } from '../domain/names.ts'

export class RequestIds {
  readonly #prefix: string
  #count = 0

  /** @param prefix random for each process, such as 10 hex digits. */
  constructor(prefix: string) {
    this.#prefix = `req_${prefix}`
  }

  next(): RequestId {
    this.#count++
    return requestId(this.#prefix + this.#count.toString(36).padStart(6, '0'))
  }
}
