/** From the name that a caller asks for to the places where it can be answered. */
import type { Operation } from '../domain/operation.ts'
import type { Timeouts } from '../domain/timeouts.ts'
import { aim, isRefused } from './aim.ts'
import { withoutDiscoveryPrefix } from './discovery-names.ts'
import type { PlannedTarget, RefusedTarget, RoutePlan, VirtualModel } from './plan.ts'
import type { Routes } from './routes.ts'
import { nothingLeft, unknownModel } from './unknown-model.ts'

/** Callers may ask for any name of a provider; past this many plans they are made anew. */
const mostPlans = 1000

/**
 * A virtual model first, then an alias, then `provider/model`. Throws a `RefusedCall` when the name means nothing
 * or nothing that it means can be used.
 */
export function planRoute(routes: Routes, asked: string, operation: Operation): RoutePlan {
  const key = `${operation} ${asked}`
  const known = routes.plans.get(key)
  if (known !== undefined) return known
  const plan = makePlan(routes, { asked, operation })
  if (routes.plans.size >= mostPlans) routes.plans.clear()
  routes.plans.set(key, plan)
  return plan
}

function makePlan(routes: Routes, question: Question): RoutePlan {
  const { asked, operation } = question
  const name = followAliases(routes, withoutDiscoveryPrefix(routes, asked))
  const virtual = routes.virtualModels.get(name)
  if (virtual !== undefined) return planVirtual(routes, virtual, question)
  const direct = splitName(name)
  if (direct === undefined) throw unknownModel(routes, asked)
  const aimed = aim(routes, { ...direct, operation })
  return conclude(routes, [aimed], { asked, ...(name !== asked && { route: asked }) })
}

interface Question {
  readonly asked: string
  readonly operation: Operation
}

/** A virtual model hides an alias of its name; a circle of aliases ends at a name that is not found. */
function followAliases(routes: Routes, asked: string): string {
  const seen = new Set<string>()
  let name = asked
  while (!routes.virtualModels.has(name) && !seen.has(name)) {
    seen.add(name)
    name = routes.aliases.get(name) ?? name
  }
  return name
}

/** At the first slash: what follows may hold more of them, as in `openrouter/meta-llama/llama-3.3-70b-instruct:free`. */
function splitName(name: string): { provider: string; model: string } | undefined {
  const slash = name.indexOf('/')
  if (slash <= 0 || slash === name.length - 1) return undefined
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) }
}

function planVirtual(routes: Routes, virtual: VirtualModel, { asked, operation }: Question): RoutePlan {
  const { name, timeouts } = virtual
  const aimed = virtual.targets.map(({ provider, model }) => aim(routes, { provider, model, operation, timeouts }))
  return conclude(routes, aimed, { asked, route: name, timeouts })
}

interface Answer {
  readonly asked: string
  readonly route?: string
  readonly timeouts?: Partial<Timeouts>
}

function conclude(routes: Routes, aimed: readonly (PlannedTarget | RefusedTarget)[], answer: Answer): RoutePlan {
  const targets: PlannedTarget[] = []
  const refused: RefusedTarget[] = []
  for (const one of aimed) {
    if (isRefused(one)) refused.push(one)
    else targets.push(one)
  }
  if (targets.length === 0) throw nothingLeft(routes, answer.asked, refused)
  const { timeouts, ...named } = answer
  return { ...named, targets, refused, deadlineMs: timeouts?.deadlineMs ?? longestDeadline(targets) }
}

/** A slow provider's own longer deadline counts for every plan it is in. */
function longestDeadline(targets: readonly PlannedTarget[]): number {
  return Math.max(...targets.map((target) => target.timeouts.deadlineMs))
}
