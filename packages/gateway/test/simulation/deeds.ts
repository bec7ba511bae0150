/** What a provider can do with a request, one entry a deed: the steps of its answer, in virtual milliseconds. */
import type { Dice } from './dice.ts'
import { errorBodyOf, errorEventOf, speechOf } from './speech.ts'
import type { Speaking } from './speech.ts'

export type Step = { readonly afterMs: number } & (
  | { readonly is: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** `completes`: with these bytes the answer is whole. */
  | { readonly is: 'data'; readonly bytes: Buffer; readonly completes: boolean }
  | { readonly is: 'end' }
  | { readonly is: 'broken'; readonly code: string }
)

export interface Scene extends Speaking {
  readonly dice: Dice
  readonly firstByteMs: number
  readonly gapMs: number
  readonly wallNow: number
  /** On every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** How long the key must wait, for refusals that tell it. */
  readonly waitMs: number
}

type Deed = (scene: Scene) => readonly Step[]

/** The provider never sees the request: no connection, or a kept one that had died. */
export const unsentDeeds: ReadonlySet<string> = new Set(['refuses', 'was-stale'])

/** The daily share of faults is drawn from these. */
export const dailyFaults: readonly string[] = [
  'error-500',
  'error-503',
  'overloaded',
  'rate-limited',
  'refuses',
  'was-stale',
  'resets',
  'resets-after-head',
  'breaks-off',
  'ends-silently',
  'ends-before-content',
  'ends-without-terminator',
  'stalls-after-head',
  'stalls-after-content',
  'stays-silent',
  'tells-error-first',
  'tells-error-late',
  'dribbles',
  'sends-web-page',
  'bad-request',
  'forbidden',
]

export const deeds: Readonly<Record<string, Deed>> = {
  answers: (scene) => [head(scene), ...spoken(scene, 'terminator', scene.gapMs), end],
  dribbles: (scene) => [head(scene), ...spoken(scene, 'terminator', 3500), end],
  refuses: () => [{ is: 'broken', code: 'ECONNREFUSED', afterMs: 1 }],
  'was-stale': () => [{ is: 'broken', code: 'ECONNRESET', afterMs: 1 }],
  resets: ({ firstByteMs }) => [{ is: 'broken', code: 'ECONNRESET', afterMs: firstByteMs }],
  'resets-after-head': (scene) => [head(scene), { is: 'broken', code: 'UND_ERR_SOCKET', afterMs: 5 }],
  'breaks-off': (scene) => [head(scene), ...spoken(scene, 'content', scene.gapMs), { is: 'broken', code: 'ECONNRESET', afterMs: 5 }],
  'ends-silently': (scene) => [head(scene), ...spoken(scene, 'content', scene.gapMs), end],
  'ends-before-content': (scene) => [head(scene), ...spoken(scene, 'head', scene.gapMs), end],
  'ends-without-terminator': (scene) => [head(scene), ...spoken(scene, 'finish', scene.gapMs), end],
  'stalls-after-head': (scene) => [head(scene), ...spoken(scene, 'head', scene.gapMs)],
  'stalls-after-content': (scene) => [head(scene), ...spoken(scene, 'content', scene.gapMs)],
  'stays-silent': () => [],
  'tells-error-first': (scene) => [head(scene), ...spoken(scene, 'head', scene.gapMs), errorEvent(scene), end],
  'tells-error-late': (scene) => [head(scene), ...spoken(scene, 'content', scene.gapMs), errorEvent(scene), end],
  'sends-web-page': (scene) => [status(scene, 200, { 'content-type': 'text/html' }), body('<html>Welcome</html>'), end],
  'error-500': (scene) => refusal(scene, 500, 'server_error', 'Something broke.'),
  'error-503': (scene) => refusal(scene, 503, 'server_error', 'Down for maintenance.'),
  overloaded: (scene) => refusal(scene, 529, 'overloaded_error', 'Overloaded.'),
  'bad-request': (scene) => refusal(scene, 400, 'invalid_request_error', 'The request makes no sense.'),
  forbidden: (scene) => refusal(scene, 403, 'permission_error', 'This key may not use this model.'),
  revoked: (scene) => refusal(scene, 401, 'authentication_error', 'Invalid API key.'),
  'no-credit': (scene) => refusal(scene, 402, 'billing_error', 'Your credit is used up.'),
  'no-quota': (scene) => refusal(scene, 429, 'insufficient_quota', 'You exceeded your current quota.'),
  'rate-limited': (scene) => {
    const hint = scene.dice.pick(hints)(scene)
    return refusal(scene, 429, 'rate_limit_error', hint.message ?? 'Too many requests.', hint.headers)
  },
}

interface Hint {
  readonly headers?: Readonly<Record<string, string>>
  readonly message?: string
}

/** The forms in which providers say how long to stay away. */
const hints: readonly ((scene: Scene) => Hint)[] = [
  () => ({}),
  ({ waitMs }) => ({ headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } }),
  ({ waitMs }) => ({ headers: { 'retry-after-ms': String(waitMs) } }),
  ({ waitMs, wallNow }) => ({ headers: { 'retry-after': new Date(wallNow + waitMs + 1000).toUTCString() } }),
  ({ waitMs }) => ({ message: `Rate limit reached. Please try again in ${waitMs / 1000}s.` }),
  ({ waitMs }) => ({ headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': `${waitMs}ms` } }),
  ({ waitMs, wallNow }) => ({
    headers: {
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': new Date(wallNow + waitMs).toISOString(),
    },
  }),
  () => ({ headers: { 'retry-after': 'soon' } }),
  () => ({ headers: { 'retry-after': '0' } }),
]

const end: Step = { is: 'end', afterMs: 1 }

function head(scene: Scene): Step {
  return status(scene, 200, { 'content-type': speechOf(scene).contentType })
}

function status(scene: Scene, code: number, headers: Readonly<Record<string, string>>): Step {
  return { is: 'head', afterMs: scene.firstByteMs, status: code, headers: { ...scene.headers, ...headers } }
}

function body(text: string): Step {
  return { is: 'data', afterMs: 1, bytes: Buffer.from(text), completes: false }
}

function refusal(
  scene: Scene,
  code: number,
  type: string,
  ...[message, headers = {}]: [string, Readonly<Record<string, string>>?]
): Step[] {
  return [status(scene, code, { 'content-type': 'application/json', ...headers }), body(errorBodyOf(scene.dialect, type, message)), end]
}

/** Only a stream can tell of an error after its 200; a whole answer breaks instead. */
function errorEvent(scene: Scene): Step {
  return scene.stream ? body(errorEventOf(scene.dialect)) : { is: 'broken', code: 'UND_ERR_SOCKET', afterMs: 1 }
}

type Part = 'head' | 'content' | 'finish' | 'terminator'

/** The answer up to a part, in chunks that heed no event's end; `content` stops somewhere in the middle of it. */
function spoken(scene: Scene, upTo: Part, gapMs: number): Step[] {
  const speech = speechOf(scene)
  const before = speech.head.length
  const whole = before + speech.content.length + speech.finish.length
  const ends: Readonly<Record<Part, number>> = {
    head: before,
    content: before + cutPoint(speech.content, scene.dice),
    finish: whole,
    terminator: whole + speech.terminator.length,
  }
  const text = speech.head + speech.content + speech.finish + speech.terminator
  // OpenAI's reason to stop is as good as its terminator; Anthropic's is not, as message_stop is always sent.
  const wholeAt = scene.dialect === 'openai-chat' ? whole : text.length
  return cut(Buffer.from(text.slice(0, ends[upTo])), { dice: scene.dice, gapMs, wholeAt })
}

/** Somewhere in the content, and half of the time between two events of a stream, where nothing but the end tells of the cut. */
function cutPoint(content: string, dice: Dice): number {
  const somewhere = dice.whole(1, content.length - 1)
  const eventEnd = content.indexOf('\n\n', somewhere)
  return dice.falls(0.5) && eventEnd !== -1 ? eventEnd + 2 : somewhere
}

interface Cutting {
  readonly dice: Dice
  readonly gapMs: number
  /** From this byte on the answer is whole. */
  readonly wholeAt: number
}

function cut(bytes: Buffer, { dice, gapMs, wholeAt }: Cutting): Step[] {
  const steps: Step[] = []
  const pieces = dice.whole(1, 6)
  const cuts = Array.from({ length: pieces - 1 }, () => dice.whole(0, bytes.length)).toSorted((left, right) => left - right)
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    if (to === from) continue
    const completes = from < wholeAt && to >= wholeAt
    steps.push({ is: 'data', afterMs: dice.whole(0, gapMs), bytes: bytes.subarray(from, to), completes })
    from = to
  }
  return steps
}
