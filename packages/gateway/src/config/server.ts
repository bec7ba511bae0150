/** Where and how the gateway listens. */
import type { Config } from './config.ts'
import { defaultServer } from './defaults.ts'
import { given } from './given.ts'
import { readOrigins } from './origins.ts'
import type { Place } from './problem.ts'
import { isLoopback } from './proxy-keys.ts'
import { commaList, plainText, seconds, wholeNumber } from './readings.ts'
import { placeOfVariable, setting } from './settings.ts'
import type { Sources } from './sources.ts'

/** What the command line says. */
export interface Flags {
  readonly host?: string
  readonly port?: string
  readonly quiet?: boolean
}

/** Flags win over the environment, the environment over the file, the file over what is usual. */
export function serverOf(sources: Sources, flags: Flags): Config['server'] {
  const written = sources.file.content.server ?? {}
  return {
    ...defaultServer,
    ...given({
      port: written.port,
      maxBodyBytes: written.max_body_bytes,
      keepAliveMs: written.keep_alive_ms,
      earlyCommitMs: written.early_commit_ms,
      drainMs: written.drain_ms,
    }),
    ...given({
      port: portFlag(sources, flags) ?? setting(sources, 'PORT', readPort),
      drainMs: setting(sources, 'DRAIN_SECONDS', seconds(0)),
    }),
    host: flags.host ?? setting(sources, 'HOST', plainText) ?? written.host ?? defaultServer.host,
    corsOrigins: corsOriginsOf(sources),
  }
}

/** Everyone who reaches an open gateway spends its owner's quota, so an open one may be reached from outside only on purpose. */
export function checkOpenAccess(sources: Sources, flags: Flags, { server, access }: Pick<Config, 'server' | 'access'>): void {
  const isAsked = sources.findings.problems.some(({ path }) => path === 'PROXY_API_KEY' || path.startsWith('access.'))
  if (access.proxyKeys.length > 0 || access.allowOpenAccess || isLoopback(server.host) || isAsked) return
  sources.findings.problems.push({
    ...placeOfHost(sources, flags),
    message: 'Others can reach this address, and no key is asked for.',
    remedy: 'Set PROXY_API_KEY, listen on 127.0.0.1, or set ALLOW_OPEN_ACCESS=true.',
  })
}

function placeOfHost({ environment, file }: Sources, flags: Flags): Place {
  if (flags.host !== undefined) return { file: 'command line', path: '--host' }
  return environment.has('HOST') ? placeOfVariable(environment, 'HOST') : file.placeOf(['server', 'host'])
}

const readPort = wholeNumber(0, 65_535)

function portFlag({ findings }: Sources, { port }: Flags): number | undefined {
  if (port === undefined) return undefined
  const reading = readPort(port.trim())
  if (reading.ok) return reading.value
  findings.problems.push({
    file: 'command line',
    path: '--port',
    message: 'The value cannot be used.',
    remedy: `Write ${reading.expected}.`,
  })
  return undefined
}

function corsOriginsOf(sources: Sources): readonly string[] {
  const { environment, file, findings } = sources
  const fromEnvironment = setting(sources, 'CORS_ORIGINS', commaList)?.map((text) => ({
    text,
    place: placeOfVariable(environment, 'CORS_ORIGINS'),
  }))
  const fromFile = file.content.server?.cors_origins?.map((text, index) => ({
    text,
    place: file.placeOf(['server', 'cors_origins', index]),
  }))
  return readOrigins(fromEnvironment ?? fromFile ?? [], findings)
}
