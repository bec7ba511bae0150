/** From a call to its endpoint: routing, access for the gateway's own answers, and the pipeline for everything else. */
import { dialectOfPath } from '../dialects/dialect-of-path.ts'
import { dialectOf } from '../dialects/list.ts'
import type { Call } from '../http/call.ts'
import { Router } from '../http/router.ts'
import type { Match } from '../http/router.ts'
import { answerCall } from '../pipeline/answer-call.ts'
import type { PipelineRooms } from '../pipeline/answer-call.ts'
import { keysInAddress } from '../pipeline/identify.ts'
import { refuseCall } from '../pipeline/refuse-call.ts'
import type { Endpoint, OwnRooms } from './endpoint.ts'

/** What the edge calls for each request. Everything that goes wrong is answered; nothing is thrown. */
export function answerEndpoints(endpoints: readonly Endpoint[], pipeline: PipelineRooms, own: OwnRooms): (call: Call) => void {
  const router = new Router(endpoints)
  const openAccess = new OpenAccessReminder(pipeline)
  return (call) => {
    pipeline.bus.emit('call.received', { id: call.id, method: call.method, path: call.path })
    const match = find(router, call, pipeline)
    if (match === undefined) return
    if (match.route.access === 'key') openAccess.note(call)
    if (match.route.kind === 'operation') void answerCall(call, match.route, pipeline, match.id)
    else void answerOwn(call, match, pipeline, own)
  }
}

function find(router: Router<Endpoint>, call: Call, pipeline: PipelineRooms): Match<Endpoint> | undefined {
  try {
    return router.match(call.method, call.path)
  } catch (error) {
    refuseCall(call, error, dialectOf(dialectOfPath(call.path, call.request.headers)), pipeline)
    return undefined
  }
}

async function answerOwn(call: Call, { route, id }: Match<Endpoint>, pipeline: PipelineRooms, own: OwnRooms): Promise<void> {
  if (route.kind !== 'own') return
  try {
    if (route.access === 'key') pipeline.access.identify(call.request.headers, keysInAddress(call))
    await route.answer(call, own, id)
    const { statusCode: status } = call.response
    pipeline.bus.emit('call.served', {
      id: call.id,
      method: call.method,
      path: call.path,
      status,
      totalMs: pipeline.clock.now() - call.startedAt,
    })
  } catch (error) {
    refuseCall(call, error, dialectOf(dialectOfPath(call.path, call.request.headers)), pipeline)
  }
}

/** Says at the first unauthenticated call, and then once an hour, that anybody can call. */
const remindEveryMs = 3_600_000

class OpenAccessReminder {
  readonly #pipeline: PipelineRooms
  #remindedAt = -Infinity

  constructor(pipeline: PipelineRooms) {
    this.#pipeline = pipeline
  }

  note(call: Call): void {
    const { access, bus, clock } = this.#pipeline
    if (!access.isOpen || clock.now() - this.#remindedAt < remindEveryMs) return
    this.#remindedAt = clock.now()
    bus.emit('access.open', { path: call.path })
  }
}
