/** Writes docs/reference/providers.md: every provider of the catalogue. Run it after changing one. */
import { writeFileSync } from 'node:fs'
import type { LimitHeaders } from '../domain/limit-headers.ts'
import type { Operation } from '../domain/operation.ts'
import { catalogue } from './catalogue/list.ts'
import type { Provider } from './provider.ts'

/** Where the page lies. */
export const providersFile: URL = new URL('../../../../docs/reference/providers.md', import.meta.url)

const operationWords: Readonly<Record<Exclude<Operation, 'chat'>, string>> = {
  complete: 'completions',
  embed: 'embeddings',
  count: 'counting tokens',
  moderate: 'moderations',
  image: 'images',
  'edit-image': 'editing images',
  speak: 'speech',
  transcribe: 'transcriptions',
  translate: 'translations',
  rerank: 'reranking',
}

const authWords: Readonly<Record<Provider['auth']['kind'], string>> = {
  bearer: 'a key',
  header: 'a key',
  sigv4: 'AWS keys or a key',
  google: 'a service account',
  none: 'nothing',
}

/** The whole page. */
export function providersPage(): string {
  const hosted = catalogue.filter(({ keyless }) => keyless !== true)
  const local = catalogue.filter(({ keyless }) => keyless === true)
  return `# Providers

<!-- Written by packages/gateway/src/providers/write-reference.ts from the catalogue; changes by hand are lost. -->

${catalogue.length} providers are known by name. A provider takes part once it has a key: in a variable below, numbered for further ones
(\`GROQ_API_KEY_2\`), or under \`providers.<name>.keys\` in the configuration file. Any other server takes part with an
address, \`<NAME>_API_BASE\` or \`providers.<name>.base_url\`, and with \`dialect\` where it does not speak OpenAI's chat.

**Speaks** lists the dialects of chat, the preferred one first. A caller that speaks one of them is passed through; every
other caller is translated into the first. What a provider offers beside chat stands under **offers**.

Addresses and variables are those of the vendors' pages or of [models.dev](https://models.dev); where neither could be read,
the provider's file in \`packages/gateway/src/providers/catalogue\` says so.

## With a key

${table(['Name', 'Provider', 'Keys', 'Speaks', 'Offers', 'Address'], hosted.map(hostedRow))}

## Parts of addresses

These addresses differ from owner to owner. Each part is a variable, or \`providers.<name>.variables.<part>\`; a provider
with a part missing is not used, and a warning says so.

${table(['Name', 'Part', 'Variable', 'What', 'Default'], hosted.flatMap(partRows))}

## Limits that are told

These tell with their answers how much is left of a limit. A key that is about to be refused is not chosen then. The IETF's
\`RateLimit\` and \`RateLimit-Policy\` are understood from everybody, OpenAI's headers from any server of the owner's own.

${table(['Name', 'Limits', 'Of', 'Come back'], catalogue.flatMap(limitRows))}

## On the own machine

These take part when they are named in the configuration file, or when their address is set. They want no key.

${table(['Name', 'Provider', 'Address variable', 'Speaks', 'Offers', 'Address'], local.map(localRow))}
`
}

type Row = readonly string[]

function table(heads: Row, rows: readonly Row[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

function hostedRow(provider: Provider): Row {
  const { name, auth, keyFrom, keyNames = [], baseUrl } = provider
  const keys = [...keyFrom.map((prefix) => `${prefix}_API_KEY`), ...keyNames].map(code).join(', ')
  const kind = auth.kind === 'bearer' || auth.kind === 'header' ? '' : ` (${authWords[auth.kind]})`
  return [code(name), link(provider), keys + kind, dialectsOf(provider), offersOf(provider), code(baseUrl)]
}

function localRow(provider: Provider): Row {
  const { name, keyFrom, baseUrl } = provider
  return [code(name), link(provider), code(`${keyFrom[0] ?? ''}_API_BASE`), dialectsOf(provider), offersOf(provider), code(baseUrl)]
}

function partRows({ name, variables = {} }: Provider): readonly Row[] {
  return Object.entries(variables).map(([part, { env, what, default: standard }]) => [
    code(name),
    code(part),
    code(env),
    what,
    standard === undefined ? '' : code(standard),
  ])
}

function limitRows({ name, rateLimitHeaders = [] }: Provider): readonly Row[] {
  const [first] = rateLimitHeaders
  if (first === undefined) return []
  const limits = rateLimitHeaders.map(({ counts, windowMs }) => `${counts.replace('-', ' ')}${windowWord(windowMs)}`)
  return [[code(name), [...new Set(limits)].join(', '), ofWords[first.of], refillWords[first.refills]]]
}

const ofWords: Readonly<Record<LimitHeaders['of'], string>> = { key: 'the key', model: 'each model' }
const refillWords: Readonly<Record<LimitHeaders['refills'], string>> = { 'at-reset': 'at once', steadily: 'steadily' }
const windowWords: Readonly<Record<number, string>> = { 1000: 'second', 60_000: 'minute', 3_600_000: 'hour', 86_400_000: 'day' }

function windowWord(windowMs: number | undefined): string {
  return windowMs === undefined ? '' : ` by the ${windowWords[windowMs] ?? `${windowMs} ms`}`
}

function dialectsOf({ speaks }: Provider): string {
  return (speaks.chat ?? []).map(({ dialect }) => code(dialect)).join(', ')
}

function offersOf({ speaks }: Provider): string {
  const offered: readonly string[] = Object.keys(speaks)
  return Object.entries(operationWords)
    .filter(([operation]) => offered.includes(operation))
    .map(([, word]) => word)
    .join(', ')
}

const code = (text: string): string => `\`${text}\``
const link = ({ title, site }: Provider): string => `[${title}](${site})`

if (import.meta.main) writeFileSync(providersFile, providersPage())
