/** The cheapest reverse proxy there is: nginx, one worker, kept-alive connections upstream. */
import { accessSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Started, freePort } from '../started.ts'
import type { Contender } from './contender.ts'

const places = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx']

function find(): string | undefined {
  return places.find((place) => {
    try {
      accessSync(place)
      return true
    } catch {
      return false
    }
  })
}

export const nginx: Contender = {
  name: 'nginx',
  title: 'nginx proxy_pass',
  missing: () => (find() === undefined ? 'nginx is not installed' : undefined),
  async start({ mockPort, folder }) {
    const port = await freePort()
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, configuration(port, mockPort, folder))
    const started = new Started({ command: find() ?? 'nginx', args: ['-p', folder, '-c', file, '-e', join(folder, 'nginx-error.log')] })
    await started.listensOn(port)
    return { port, pid: started.pid, headers: {}, stop: () => started.stop() }
  },
}

/** One process, so that its CPU time is one number; bodies stay in memory; no log, to be the floor. */
function configuration(port: number, mockPort: number, folder: string): string {
  return `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 75s; tcp_nodelay on;
  client_body_buffer_size 2m; client_max_body_size 50m;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream mock { server 127.0.0.1:${mockPort}; keepalive 2048; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_read_timeout 300s;
    }
  }
}
`
}
