/** `${NAME}` in texts of the configuration file. */

/** A variable's value; undefined when it is not set. */
export type Lookup = (name: string) => { readonly value: string } | { readonly similar: readonly string[] }

export interface Substituted {
  readonly text: string
  /** The variables that were put in. */
  readonly names: readonly string[]
  readonly faults: readonly { readonly message: string; readonly remedy: string }[]
}

const placeholder = /\$\$\{|\$\{([^}]*)(\}?)/g
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Puts the values in, once: a value that holds `${…}` itself stays as it is. `$${` stands for `${`. */
export function substitute(text: string, lookup: Lookup): Substituted {
  const names: string[] = []
  const faults: { message: string; remedy: string }[] = []
  const result = text.replace(placeholder, (found: string, name: string | undefined, end: string | undefined) => {
    if (name === undefined) return '${'
    const read = readVariable(name, end === '}', lookup)
    if ('message' in read) {
      faults.push(read)
      return found
    }
    names.push(name)
    return read.value
  })
  return { text: result, names, faults }
}

function readVariable(name: string, isClosed: boolean, lookup: Lookup): { value: string } | { message: string; remedy: string } {
  if (!isClosed || !variableName.test(name)) {
    return { message: '${…} does not hold the name of a variable.', remedy: 'Write ${NAME}, or $${ for the characters themselves.' }
  }
  const found = lookup(name)
  if ('similar' in found) {
    // A name may be a secret that was pasted between the braces, so only names that look like variables are repeated.
    const shown = /^[A-Z][A-Z0-9_]*$/.test(name) ? ` ${name}` : ''
    const suggestion = found.similar.length > 0 ? ` Did you mean ${found.similar.join(' or ')}?` : ''
    return { message: `The variable${shown} is not set.`, remedy: `Set it in the environment or in .env.${suggestion}` }
  }
  if (found.value === '') return { message: `The variable ${name} is blank.`, remedy: 'Give it a value, or remove this entry.' }
  return found
}
