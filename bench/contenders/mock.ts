/** No proxy at all: the load straight onto the mock, the floor of latency. */
import type { Contender } from './contender.ts'

export const mock: Contender = {
  name: 'mock',
  title: 'mock alone',
  missing: () => undefined,
  start: ({ mockPort, mockPid }) => Promise.resolve({ port: mockPort, pid: mockPid, headers: {}, stop: () => Promise.resolve() }),
}
