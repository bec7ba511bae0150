/** `GET /api/providers/health`: whether the health of providers is being watched. */
import { writeJson } from '../../http/write-reply.ts'
import type { OwnEndpoint } from '../endpoint.ts'
import { neverStored } from './documents.ts'

export const watchHealth: OwnEndpoint = {
  kind: 'own',
  method: 'GET',
  path: '/api/providers/health',
  access: 'key',
  rootOnly: true,
  answer: (call, { health }) => {
    const { providers, intervalMs, isRunning, probes } = health.facts
    const body = {
      status: isRunning ? 'healthy' : 'degraded',
      providers_monitored: providers,
      check_interval_minutes: intervalMs / 60_000,
      running: isRunning,
      // Calls are watched in any case; this is about asking providers without being asked to.
      active_probes: probes,
    }
    writeJson(call, 200, JSON.stringify(body), neverStored)
  },
}
