/** All shapes, in the order in which they run. */
import type { Shape } from './shape.ts'
import { w1 } from './w1.ts'
import { w11 } from './w11.ts'
import { w2 } from './w2.ts'
import { w3 } from './w3.ts'
import { w4 } from './w4.ts'
import { w5 } from './w5.ts'
import { w6 } from './w6.ts'
import { w7 } from './w7.ts'

export const shapes: readonly Shape[] = [w1, w2, w3, w4, w5, w6, w7, w11]
