/** The efforts that `think` may name. */
import type { Effort } from '../canonical/request.ts'

const efforts: ReadonlySet<unknown> = new Set<Effort>(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

export function isEffort(value: unknown): value is Effort {
  return efforts.has(value)
}

const levels: Readonly<Record<Effort, 'low' | 'medium' | 'high' | false>> = {
  none: false,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
}

/** Ollama knows three levels. */
export function levelOf(effort: Effort): 'low' | 'medium' | 'high' | false {
  return levels[effort]
}
