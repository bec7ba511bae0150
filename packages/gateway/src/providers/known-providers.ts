/** What the configuration needs to know of the catalogue. */
import { catalogue } from './catalogue/list.ts'
import type { AddressPart, Provider } from './provider.ts'

/** The configuration's own type for it fits as it is. */
interface KnownProvider {
  readonly name: string
  readonly keyFrom: readonly string[]
  readonly keyNames?: readonly string[]
  readonly keyless: boolean
  readonly variables?: Readonly<Record<string, AddressPart>>
}

export const knownProviders: readonly KnownProvider[] = catalogue.map(describe)

function describe({ name, keyFrom, keyNames, keyless = false, variables }: Provider): KnownProvider {
  return { name, keyFrom, keyless, ...(keyNames !== undefined && { keyNames }), ...(variables !== undefined && { variables }) }
}
