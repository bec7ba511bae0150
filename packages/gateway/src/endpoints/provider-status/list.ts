/** Everything that tells of the health of providers. At the root only, as the programs that ask for it know it. */
import type { Endpoint } from '../endpoint.ts'
import { bestProvider } from './best.ts'
import { exportCsv } from './export-csv.ts'
import { providerHistory, providersHistory } from './history.ts'
import { refreshProviders } from './refresh.ts'
import { providerStatus, providersStatus } from './status.ts'
import { watchHealth } from './watch-health.ts'

export const providerStatusEndpoints: readonly Endpoint[] = [
  providersStatus,
  providerStatus,
  bestProvider,
  providersHistory,
  providerHistory,
  exportCsv,
  watchHealth,
  refreshProviders,
]
