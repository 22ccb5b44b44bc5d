import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { World } from '../proxy-test.ts';
import type { Place } from '../plan-of.ts';
import { freePort } from '../free-port.ts';
import { startServer } from './programs.ts';

export const transmissionPrograms: readonly string[] = ['transmission-daemon', 'transmission-remote'];

/** A daemon with a web interface under `/transmission/`, which keeps to loopback. */
export async function transmission(world: World): Promise<Place> {
  const port = await freePort();
  const folder = path.join(await world.folder(), 'transmission');
  await mkdir(folder);
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings(folder, port, await freePort())));
  await startServer(world, 'transmission-daemon', ['--foreground', '--config-dir', folder], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

function settings(folder: string, rpcPort: number, peerPort: number): Readonly<Record<string, unknown>> {
  return {
    'bind-address-ipv4': '127.0.0.1',
    'bind-address-ipv6': '::1',
    'dht-enabled': false,
    'download-dir': folder,
    'lpd-enabled': false,
    'peer-port': peerPort,
    'pex-enabled': false,
    'port-forwarding-enabled': false,
    'rpc-bind-address': '127.0.0.1',
    'rpc-host-whitelist-enabled': false,
    'rpc-port': rpcPort,
    'utp-enabled': false,
  };
}
