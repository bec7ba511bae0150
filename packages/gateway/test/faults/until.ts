/** Waits for something to be so while the event loop turns; no clock is moved. */

/** Real milliseconds after which a test has hung. */
const patienceMs = 10_000

export async function until(isSo: () => boolean): Promise<void> {
  const endsAt = performance.now() + patienceMs
  while (!isSo()) {
    if (performance.now() > endsAt) throw new Error(`it never came to be: ${isSo.toString()}`)
    await turn()
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

/** Many turns: for what must not happen. */
export async function aWhile(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await turn()
}
