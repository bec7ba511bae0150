/** Why the gateway could not take its address, in words that say what to change. */
import type { Address } from './banner.ts'

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program. Stop that one, or choose another port with --port or PORT.',
  EACCES: 'may not be used by this user. Choose a port above 1023 with --port or PORT.',
  EADDRNOTAVAIL: 'is no address of this machine. See --host and HOST.',
  ENOTFOUND: 'is no address that is known here. See --host and HOST.',
}

/** The failure itself where it is none that is known. */
export function describeListenFailure(error: unknown, { host, port }: Address): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const remedy = remedies[code]
  return remedy === undefined ? error : new Error(`${host}:${port} ${remedy}`, { cause: error })
}
