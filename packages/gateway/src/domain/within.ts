/** Gives a piece of work its time: its signal is aborted when that is over, or when whoever started it wants to end. */
import type { Clock, Millis } from '@keywheel/keyring'

/** How long, by which clock, and what ends it early. */
export interface Patience {
  readonly clock: Clock
  readonly timeoutMs: Millis
  readonly closing: AbortSignal
}

export async function within<T>({ clock, timeoutMs, closing }: Patience, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  const timer = clock.after(timeoutMs, end)
  closing.addEventListener('abort', end)
  if (closing.aborted) end()
  try {
    return await work(ending.signal)
  } finally {
    timer.cancel()
    closing.removeEventListener('abort', end)
  }
}
