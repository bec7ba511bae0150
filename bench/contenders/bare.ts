/** The floor in our own language: node:http and undici, nothing else. */
import { join } from 'node:path'
import { startOwn } from '../started.ts'
import type { Contender } from './contender.ts'

export const bare: Contender = {
  name: 'bare',
  title: 'bare node:http + undici',
  missing: () => undefined,
  async start({ mockPort }) {
    const { process, port } = await startOwn(join(import.meta.dirname, '../bare-proxy.ts'), [`http://127.0.0.1:${mockPort}`])
    return { port, pid: process.pid, headers: {}, stop: () => process.stop() }
  },
}
