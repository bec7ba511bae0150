/** How long to wait before the same provider is asked again after a fault: full jitter. */
import type { Chance, Millis } from '../clock.ts'

/** Milliseconds, evenly spread over 0 to `min(capMs, baseMs · 2^(retry − 1))`; `retry` counts from 1. */
export function backoffMs(
  retry: number,
  bounds: { readonly backoffBaseMs: Millis; readonly backoffCapMs: Millis },
  chance: Chance,
): Millis {
  return chance() * Math.min(bounds.backoffCapMs, bounds.backoffBaseMs * 2 ** Math.min(retry - 1, 30))
}
