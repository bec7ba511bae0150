/** The gateway as it ships: compiled, with everything on: proxy key, usage rows, metrics, access log to a file. */
import { accessSync, closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { model } from '../load/wire.ts'
import { Started, freePort } from '../started.ts'
import type { Contender, Ground } from './contender.ts'

const packageFolder = join(import.meta.dirname, '../../packages/gateway')

/** The command as it is installed; it runs what `npm run build` makes. */
export const command: string = join(packageFolder, 'bin/keywheel.js')

const proxyKey = 'bench-proxy-key-0123456789abcdef'
const [provider = 'bench'] = model.split('/')

/** Writes the configuration into the folder and gives its path. */
export function writeConfiguration({ mockPort, folder }: Pick<Ground, 'mockPort' | 'folder'>): string {
  const file = join(folder, 'keywheel.yaml')
  const keys = ['one', 'two', 'three', 'four'].map((name) => `"bench-provider-key-${name}-0123456789"`)
  writeFileSync(
    file,
    `access: { proxy_api_keys: ["${proxyKey}"] }
data_dir: ${join(folder, 'data')}
providers:
  ${provider}: { base_url: "http://127.0.0.1:${mockPort}/v1", keys: [${keys.join(', ')}] }
`,
  )
  return file
}

/** What a caller of that gateway sends. */
export const callerHeaders: Readonly<Record<string, string>> = { authorization: `Bearer ${proxyKey}` }

/** @param nodeFlags such as those of the profiler. */
export function gatewayWith(nodeFlags: readonly string[]): Contender {
  return {
    name: 'gateway',
    title: 'Keywheel, everything on',
    missing: () => (isCompiled() ? undefined : 'the gateway is not compiled: npm run build'),
    async start(ground) {
      const port = await freePort()
      mkdirSync(join(ground.folder, 'data'), { recursive: true })
      const log = openSync(join(ground.folder, 'access.log'), 'a')
      const config = writeConfiguration(ground)
      const args = [...nodeFlags, command, '--config', config, '--port', String(port)]
      const started = new Started({ command: process.execPath, args, cwd: ground.folder, stdout: log })
      closeSync(log)
      await started.listensOn(port)
      return { port, pid: started.pid, headers: callerHeaders, stop: () => started.stop() }
    },
  }
}

function isCompiled(): boolean {
  try {
    accessSync(join(packageFolder, 'dist/main.js'))
    return true
  } catch {
    return false
  }
}
