/**
 * Whether an address is on the public internet. What a caller names must not lead into the owner's network, to this machine,
 * or to the metadata service of a cloud (169.254.169.254 and its like).
 */
import { BlockList, isIP } from 'node:net'

/** IPv4 networks that are no one's public servers: IANA's special-purpose registry (RFC 6890 and successors). */
const closedV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** Of IPv6 only 2000::/3 is given out; inside it these lead elsewhere: protocol assignments with Teredo, documentation, 6to4. */
const closedV6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const closed = new BlockList()
for (const [network, prefix] of closedV4) closed.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of closedV6) closed.addSubnet(network, prefix, 'ipv6')

const given = new BlockList()
given.addSubnet('2000::', 3, 'ipv6')

/** False for what is no address at all. */
export function isPublicAddress(address: string): boolean {
  const plain = address.split('%', 1)[0] ?? address
  switch (isIP(plain)) {
    case 4:
      return !closed.check(plain, 'ipv4')
    case 6:
      return given.check(plain, 'ipv6') && !closed.check(plain, 'ipv6')
    default:
      return false
  }
}

/** What may be fetched for a caller. */
export interface Reach {
  /** Unencrypted addresses too. */
  readonly plainHttp: boolean
  /** Which addresses a connection may go to. */
  readonly reaches: (address: string) => boolean
}

export const publicOnly: Reach = { plainHttp: false, reaches: isPublicAddress }
/** Only where every caller is trusted with the network behind the gateway. */
export const everywhere: Reach = { plainHttp: true, reaches: () => true }
