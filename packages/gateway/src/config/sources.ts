/** Everything a configuration is made from, handed down while it is put together. */
import type { ConfigFile } from './config-file.ts'
import type { Environment } from './environment.ts'
import type { Findings } from './problem.ts'

export interface Sources {
  readonly environment: Environment
  readonly file: ConfigFile
  readonly findings: Findings
}
