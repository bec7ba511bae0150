/** Stands in for `node:test` while titles are collected: nothing is run. */

export const collected: string[] = []

export function test(title: string): void {
  collected.push(title)
}

export const it: typeof test = test

/** What is grouped is told by the titles inside. */
export function describe(_title: string, ...more: readonly unknown[]): void {
  const group = more.at(-1)
  if (typeof group === 'function') group()
}

export const suite: typeof describe = describe

function nothing(): void {}

export const before: () => void = nothing
export const after: () => void = nothing
export const beforeEach: () => void = nothing
export const afterEach: () => void = nothing
export const mock: Readonly<Record<string, never>> = {}
