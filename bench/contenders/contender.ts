/** Whoever can stand between the load and the mock. */

/** What a contender is started with. */
export interface Ground {
  readonly mockPort: number
  readonly mockPid: number
  /** An empty folder for configuration, data and logs; removed afterwards. */
  readonly folder: string
}

/** A contender that listens. */
export interface Running {
  readonly port: number
  readonly pid: number
  /** Sent with each call, beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** `passing`: the gateway again, with calls that pass through it, beside calls that it translates (W6). */
export type ContenderName = 'mock' | 'nginx' | 'bare' | 'gateway' | 'passing' | 'portkey'

export interface Contender {
  readonly name: ContenderName
  /** How the table names it. */
  readonly title: string
  /** Why it cannot take part on this machine; undefined when it can. */
  missing(): string | undefined
  start(ground: Ground): Promise<Running>
}
