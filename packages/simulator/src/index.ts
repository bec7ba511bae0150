/** A scripted LLM provider on a real socket, for tests, demonstrations and benchmarks. */
export { openSimulator } from './simulator.ts'
export type { Simulator, SimulatorOptions } from './simulator.ts'
export type { CallEnd, SeenCall } from './call.ts'
export type { FormField } from './form.ts'
export type { Chance, SimulatorClock } from './clock.ts'
export type { KeyScript } from './key-script.ts'
export type { Latency } from './latency.ts'
export { rateLimited } from './rate-limits.ts'
export type { RateLimitedOptions, RetryAfterForm } from './rate-limits.ts'
export type { AnswerReply, HeaderFields, Reply, StatusReply, Step, ToolCall, WireReply } from './reply.ts'
export {
  answer,
  badRequest,
  contentRefused,
  contextTooLong,
  keyForbidden,
  keyRejected,
  modelMissing,
  outOfCredit,
  overloaded,
  paymentRequired,
  serverError,
} from './replies.ts'
export { closedPort } from './faults/closed-port.ts'
export type { FaultId, FaultOptions, FaultOutcome, FaultScript, FaultTarget } from './faults/fault.ts'
export { faults } from './faults/faults.ts'
export { ManualClock } from './manual-clock.ts'
