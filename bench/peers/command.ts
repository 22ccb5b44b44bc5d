import { writePosternConfig } from './postern.ts';
import type { Peer } from './peer.ts';

/**
 * A proxy given on the command line as `name=program argument ...`. `{port}` and `{origin}` stand for the two ports,
 * `{config}` for a Postern config: so another checkout of Postern is measured beside this one.
 */
export function commandPeer(text: string): Peer {
  const cut = text.indexOf('=');
  const [command, ...args] = text
    .slice(cut + 1)
    .split(' ')
    .filter(Boolean);
  if (cut < 1 || command === undefined) {
    throw new Error(
      `Cannot read --with "${text}": write name=command, for example before=node ../old/bin/postern.js run {config}`,
    );
  }
  return {
    name: text.slice(0, cut),
    remark: `given as a command: ${text.slice(cut + 1)}`,
    own: true,
    speaks: text.includes('{config}') ? ['http', 'https', 'h2'] : ['http'],
    install: 'give a command that runs',
    version: () => 'given',
    prepare(site) {
      const { config, accessLog } = writePosternConfig(site);
      const fill = (part: string): string =>
        part
          .replace('{port}', String(site.port))
          .replace('{origin}', String(site.originPort))
          .replace('{config}', config);
      return { command, args: args.map(fill), ...(text.includes('{config}') ? { accessLog } : {}) };
    },
  };
}
