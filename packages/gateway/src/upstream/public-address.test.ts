import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicAddress } from './public-address.ts'

const publicOnes = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.128.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
]

const closedOnes: Readonly<Record<string, readonly string[]>> = {
  'this machine': ['127.0.0.1', '127.255.255.254', '0.0.0.0', '::1', '::'],
  'private networks': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1', 'fec0::1'],
  'the metadata of clouds': ['169.254.169.254', '169.254.170.2', 'fd00:ec2::254', '100.100.100.200'],
  'link-local': ['169.254.0.1', 'fe80::1', 'fe80::1%eth0'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'IPv4 inside IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:1::1',
  ],
  'documentation, benchmarks and multicast': [
    '192.0.2.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '2001:db8::1',
    'ff02::1',
  ],
  'what is no address': ['', 'localhost', '8.8.8', '0x7f000001', '8.8.8.8:80'],
}

test('servers of the internet are public', () => {
  for (const address of publicOnes) assert.ok(isPublicAddress(address), address)
})

for (const [what, addresses] of Object.entries(closedOnes)) {
  test(`${what}: never public`, () => {
    for (const address of addresses) assert.ok(!isPublicAddress(address), address)
  })
}
