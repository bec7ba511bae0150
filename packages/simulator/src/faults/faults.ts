/** Every fault script, by id. */
import { bodyFaults } from './bodies.ts'
import { connectionFaults } from './connections.ts'
import type { FaultId, FaultScript } from './fault.ts'
import { refusalFaults } from './refusals.ts'
import { streamFaults } from './streams.ts'

/** Byte-level faults and awkward refusals, each the script of one known failure. */
export const faults: Readonly<Record<FaultId, FaultScript>> = {
  ...connectionFaults,
  ...bodyFaults,
  ...streamFaults,
  ...refusalFaults,
}
