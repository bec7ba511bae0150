/** Calls that wait for their results, for callers whose results name them by id, by the tool's name or by their place alone. */

interface Named {
  readonly id: string
  readonly name: string
}

/** Each is found once. However many there are, finding one takes the same time. */
export class OpenCalls<Call extends Named> {
  /** The earliest last, here and in the lists by id and name. */
  readonly #all: Call[]
  readonly #byId: ReadonlyMap<string, Call[]>
  readonly #byName: ReadonlyMap<string, Call[]>
  readonly #answered = new Set<Call>()

  constructor(calls: readonly Call[]) {
    this.#all = calls.toReversed()
    this.#byId = Map.groupBy(this.#all, ({ id }) => id)
    this.#byName = Map.groupBy(this.#all, ({ name }) => name)
  }

  withId(id: string): Call | undefined {
    return this.#next(this.#byId.get(id))
  }

  withName(name: string): Call | undefined {
    return this.#next(this.#byName.get(name))
  }

  first(): Call | undefined {
    return this.#next(this.#all)
  }

  #next(waiting: Call[] | undefined): Call | undefined {
    for (let call = waiting?.pop(); call !== undefined; call = waiting?.pop()) {
      if (this.#answered.has(call)) continue
      this.#answered.add(call)
      return call
    }
    return undefined
  }
}
