import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, versionOf } from '../measure/programs.ts';
import type { Peer } from './peer.ts';

/** Caddy; pinned to one core, Go runs one thread at a time. It sends X-Forwarded-For, -Proto and -Host without being asked. */
export const caddy: Peer = {
  name: 'caddy',
  remark: 'access log to a file in JSON, as it does by default; 256 idle connections to the origin instead of 32',
  own: false,
  speaks: ['http', 'h2'],
  install: 'apt-get install caddy',
  version: () => versionOf('caddy', 'version'),
  prepare(site) {
    const path = join(site.folder, 'Caddyfile');
    const accessLog = join(site.folder, 'access.log');
    writeFileSync(
      path,
      `{
	admin off
	auto_https off
	servers {
		timeouts {
			idle 1h
		}
	}
}
${site.tls ? 'https' : 'http'}://:${site.port} {
	bind 127.0.0.1
${site.tls ? `\ttls ${site.tls.cert} ${site.tls.key}\n` : ''}	log {
		output file ${accessLog} {
			roll_disabled
		}
		format json
	}
	reverse_proxy 127.0.0.1:${site.originPort} {
		transport http {
			keepalive_idle_conns_per_host 256
		}
	}
}
`,
    );
    const env = { HOME: site.folder, XDG_DATA_HOME: site.folder, XDG_CONFIG_HOME: site.folder };
    return {
      command: findProgram('caddy') ?? 'caddy',
      args: ['run', '--config', path, '--adapter', 'caddyfile'],
      env,
      accessLog,
    };
  },
};
