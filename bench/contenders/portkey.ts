/** A peer in the same language. Installed by hand: `npm install --prefix bench/peers`. */
import { accessSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Started, freePort } from '../started.ts'
import type { Contender } from './contender.ts'

const main = join(import.meta.dirname, '../peers/node_modules/@portkey-ai/gateway/build/start-server.js')

export const portkey: Contender = {
  name: 'portkey',
  title: 'Portkey 1.15.2',
  missing: () => {
    try {
      accessSync(main)
      return undefined
    } catch {
      return 'Portkey is not installed: npm install --prefix bench/peers'
    }
  },
  async start({ mockPort }) {
    const port = await freePort()
    const started = new Started({
      command: process.execPath,
      args: [main, `--port=${port}`, '--headless'],
      cwd: dirname(main),
      env: { NODE_ENV: 'production' },
    })
    await started.listensOn(port)
    return {
      port,
      pid: started.pid,
      headers: {
        authorization: 'Bearer bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${mockPort}/v1`,
      },
      stop: () => started.stop(),
    }
  },
}
