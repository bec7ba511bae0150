/**
 * What the models that speak this dialect take and refuse, told by their names. Claude's names carry their version; the cutoffs are
 * those of Anthropic's migration guides and error messages (platform.claude.com, read 2026-11).
 */
import type { Effort } from '../canonical/request.ts'

export interface Traits {
  /** How it is told to think. `adaptive`: the model decides, with an effort; `budget`: so many tokens; `none`: it cannot. */
  readonly thinking: 'adaptive' | 'budget' | 'none'
  /** Whether it thinks when nothing is said. */
  readonly thinksByItself: boolean
  /** What switches thinking off; absent: nothing does. */
  readonly off?: 'disabled' | 'between_tools'
  readonly efforts: readonly Effort[]
  /** Temperature and its kind. `one`: temperature and `top_p` not together. */
  readonly sampling: 'all' | 'one' | 'none'
  /** Whether it can be made to call a tool. */
  readonly forcedTools: boolean
  /** Whether its last turn in the request is taken as the beginning of its answer. */
  readonly prefill: boolean
  /** Whether the form of its answer can be given as a schema. */
  readonly schemas: boolean
  /** Whether system messages may stand in the middle of the conversation. */
  readonly laterSystem: boolean
}

/** A version as one number: 4.6 is 406, so that 4.10 comes after 4.9. */
type Version = number

interface Claude {
  /** Empty where the name has none. */
  readonly family: string
  readonly version: Version
}

/** Servers of others that speak the dialect: the oldest form of everything, which is what they copied. */
const others: Traits = {
  thinking: 'budget',
  thinksByItself: false,
  off: 'disabled',
  efforts: [],
  sampling: 'all',
  forcedTools: true,
  prefill: true,
  schemas: false,
  laterSystem: false,
}

const usualEfforts: readonly Effort[] = ['low', 'medium', 'high', 'max']
const allEfforts: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max']

export function traitsOf(model: string): Traits {
  const claude = claudeIn(model.toLowerCase())
  return claude === undefined ? others : traitsOfClaude(claude)
}

function traitsOfClaude(claude: Claude): Traits {
  const { family, version } = claude
  const off = offSwitch(claude)
  return {
    thinking: latest<Traits['thinking']>(
      version,
      [
        [406, 'adaptive'],
        [307, 'budget'],
      ],
      'none',
    ),
    thinksByItself: version >= 500,
    ...(off !== undefined && { off }),
    efforts: latest<readonly Effort[]>(
      version,
      [
        [407, allEfforts],
        [406, usualEfforts],
      ],
      [],
    ),
    sampling: latest<Traits['sampling']>(
      version,
      [
        [407, 'none'],
        [401, 'one'],
      ],
      'all',
    ),
    forcedTools: off === 'disabled',
    prefill: version < 406,
    schemas: version >= 405 || (family === 'opus' && version === 401),
    laterSystem: takesLaterSystem(claude),
  }
}

/** What holds from a version on; the newest comes first. */
function latest<Value>(version: Version, since: readonly (readonly [Version, Value])[], before: Value): Value {
  return since.find(([from]) => version >= from)?.[1] ?? before
}

function takesLaterSystem({ family, version }: Claude): boolean {
  return (family === 'opus' && version >= 408) || (isLargest(family) && version >= 500)
}

/** The largest models and those of 5.5 always think; only Sonnet has a way to do so less. */
function offSwitch({ family, version }: Claude): Traits['off'] {
  if (isLargest(family)) return undefined
  if (version < 505 || family === 'haiku') return 'disabled'
  return family === 'sonnet' ? 'between_tools' : undefined
}

function isLargest(family: string): boolean {
  return family === 'fable' || family === 'mythos'
}

/** `claude-opus-4-8`, `claude-sonnet-4-20250514`, `claude-3-7-sonnet-20250219`, with whatever a cloud puts before and behind. */
const newerName = /claude-([a-z]+)-(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)/
const olderName = /claude-(\d)(?:[-.](\d)(?!\d))?-([a-z]+)/
/** A name without a version is that of a model that has just come out. */
const unversioned = /claude-([a-z]+)/
const newest: Version = 500

function claudeIn(model: string): Claude | undefined {
  const newer = newerName.exec(model)
  if (newer !== null) return { family: newer[1] ?? '', version: versionOf(newer[2], newer[3]) }
  const older = olderName.exec(model)
  if (older !== null) return { family: older[3] ?? '', version: versionOf(older[1], older[2]) }
  const bare = unversioned.exec(model)
  return bare === null ? undefined : { family: bare[1] ?? '', version: bare[1] === 'instant' ? 100 : newest }
}

function versionOf(major: string | undefined, minor: string | undefined): Version {
  return Number(major ?? 0) * 100 + Number(minor ?? 0)
}
