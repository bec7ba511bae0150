/** What Gemini takes for the name of a function. */
import type { CanonicalRequest } from '../canonical/request.ts'
import { ToolNames } from '../canonical/tool-names.ts'

const rule = { fits: /^[A-Za-z_][A-Za-z0-9_.:-]*$/, longest: 64 }

export function geminiNames(request: CanonicalRequest | undefined): ToolNames {
  return new ToolNames(request, rule)
}
