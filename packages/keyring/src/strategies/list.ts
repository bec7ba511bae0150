/** All strategies by the name that a pool's settings use. */
import type { PoolSettings } from '../pool.ts'
import type { Strategy } from '../strategy.ts'
import { balanced } from './balanced.ts'
import { sequential } from './sequential.ts'

/** A new strategy is its file and its line here. */
export const strategies: Readonly<Record<PoolSettings['rotation'], Strategy>> = { balanced, sequential }
