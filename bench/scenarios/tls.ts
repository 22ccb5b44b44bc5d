import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { runHandshakes } from '../measure/handshake-load.ts';
import type { Work } from '../measure/rounds.ts';
import type { Peer, Protocol, TlsFiles } from '../peers/peer.ts';

/** Connections at once while handshakes are measured. */
const handshakeConnections = 8;

/** What is measured over TLS: small requests over kept connections; and a TLS 1.3 handshake and one request a connection. */
export const tlsWork: Readonly<Record<'tls' | 'handshakes' | 'resumed', Work>> = {
  tls: { path: '/', connections: 64, count: (result) => result.requests },
  handshakes: handshakes('full'),
  resumed: handshakes('resumed'),
};

function handshakes(how: string): Work {
  return {
    path: '/',
    connections: handshakeConnections,
    count: (result) => result.requests,
    load: (bench, proxy) => runHandshakes(bench, proxy.port, handshakeConnections, how),
  };
}

/** The peers that speak it, asked so; over TLS with a certificate of their own kind: ECDSA P-256, as most sites have. */
export function speaking(protocol: Protocol, bench: Bench, peers: readonly Peer[]): readonly Peer[] {
  const able = peers.filter((peer) => peer.speaks.includes(protocol));
  if (protocol === 'http') return able;
  const more = { tls: makeCertificate(bench.folder), http2: protocol === 'h2' };
  return able.map((peer) => ({ ...peer, prepare: (site) => peer.prepare({ ...site, ...more }), asked: protocol }));
}

function makeCertificate(folder: string): TlsFiles {
  const cert = join(folder, 'bench.crt');
  const key = join(folder, 'bench.key');
  const subject = ['-subj', '/CN=bench.test', '-addext', 'subjectAltName=DNS:bench.test'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-days', '30', ...made, ...subject], { stdio: 'ignore' });
  return { cert, key };
}
