/** A shape of load, and what it is measured with. */
import type { Contender } from '../contenders/contender.ts'
import type { Figure } from '../figures.ts'

export type ShapeId = 'W1' | 'W2' | 'W3' | 'W4' | 'W5' | 'W6' | 'W7' | 'W11'

/** How the benchmark was asked to run. */
export interface Setting {
  /** Those that can take part. */
  readonly contenders: readonly Contender[]
  /** A smoke test: short, and not to be quoted. */
  readonly isQuick: boolean
}

export interface Shape {
  readonly id: ShapeId
  readonly title: string
  run(setting: Setting): Promise<readonly Figure[]>
}
