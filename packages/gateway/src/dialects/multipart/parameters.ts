/** A header's value and its parameters: `form-data; name="file"; filename="a.wav"`. */

export interface ParsedHeader {
  /** In lower case. */
  readonly value: string
  /** Names in lower case; given twice, a header can be understood in two ways and is not parsed at all. */
  readonly parameters: ReadonlyMap<string, string>
}

/** One parameter with the semicolon in front; a value without quotes goes up to the next semicolon. */
const parameter = /[ \t]*;[ \t]*([^\s;="]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^";]*))/y
/** Far more than any header has. */
const mostParameters = 32

/** undefined where the text does not have that form, or one parameter stands twice. */
export function parseHeader(text: string): ParsedHeader | undefined {
  const semicolon = text.indexOf(';')
  const valueEnd = semicolon === -1 ? text.length : semicolon
  const parameters = parametersIn(text, valueEnd)
  return parameters === undefined ? undefined : { value: text.slice(0, valueEnd).trim().toLowerCase(), parameters }
}

function parametersIn(text: string, from: number): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (let at = from; at < text.length; at = parameter.lastIndex) {
    parameter.lastIndex = at
    const found = parameter.exec(text)
    // Some end with a semicolon.
    if (found === null) return /^[ \t]*;?[ \t]*$/.test(text.slice(at)) ? parameters : undefined
    const [, name = '', quoted, plain = ''] = found
    const key = name.toLowerCase()
    if (parameters.has(key) || parameters.size === mostParameters) return undefined
    parameters.set(key, quoted === undefined ? plain.trim() : unquoted(quoted))
  }
  return parameters
}

/** A backslash escapes a quote or another one; before anything else it stays. */
function unquoted(text: string): string {
  return text.replace(/\\(["\\])/g, '$1')
}

/** RFC 2046 5.1.1: up to 70 characters of these, the last of which is no space. */
const boundaryForm = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/

/** What separates the parts, from the content type of a form. undefined: it is no form, or has no boundary that can be used. */
export function boundaryOf(contentType: string): string | undefined {
  const header = parseHeader(contentType)
  const boundary = header?.value === 'multipart/form-data' ? header.parameters.get('boundary') : undefined
  return boundary !== undefined && boundaryForm.test(boundary) ? boundary : undefined
}
