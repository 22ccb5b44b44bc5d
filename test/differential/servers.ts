import { apache } from '../corpus/peers/apache.ts';
import { haproxy } from '../corpus/peers/haproxy.ts';
import { nginx } from '../corpus/peers/nginx.ts';
import type { ProxyPeer } from '../corpus/peers/proxy-peer.ts';
import type { World } from '../harness/proxy-test.ts';
import type { Ear } from './heard.ts';
import { startNodeServer } from './node-server.ts';
import { startRecorder } from './recorder.ts';

/** A kind of server that may stand behind Postern. */
export interface ServerKind {
  readonly name: string;
  /** What must be installed. */
  readonly program: string | undefined;
  /** Starts one that tells the ear what it has understood. @returns its port. */
  start(world: World, ear: Ear): Promise<number>;
}

/**
 * Those that Postern's understanding is compared with. What a proxy has understood is what it passes on: it stands before
 * a recorder, which reads strictly.
 */
export const serverKinds: readonly ServerKind[] = [
  before(nginx),
  before(haproxy),
  before(apache),
  { name: 'node:http', program: undefined, start: startNodeServer },
];

function before(peer: ProxyPeer): ServerKind {
  return {
    name: peer.name,
    program: peer.program,
    start: async (world, ear) => peer.start(world, await startRecorder(world, ear)),
  };
}
